#!/bin/sh
# Called by mmdebstrap with the path of a root file system: gives the container's user a
# name and removes what nothing in a container reads.
set -eu
cd "$1"

# initdb asks for the name of the user it runs as.
echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >>etc/passwd
echo 'nonroot:x:65532:' >>etc/group

# Documentation, translations, package lists, logs of the installation.
rm -rf usr/share/doc usr/share/man usr/share/info usr/share/locale usr/share/lintian usr/share/bug \
	usr/share/zsh usr/share/bash-completion usr/share/postgresql/*/man
rm -rf var/lib/apt/lists/* var/cache/apt/* var/cache/debconf/*-old var/log/* var/lib/dpkg/*-old run/* tmp/*

# PostgreSQL's just-in-time compiler, three quarters of its size. It is optional: the
# server notices that the file is missing and goes on without.
rm -rf usr/lib/postgresql/*/lib/bitcode usr/lib/postgresql/*/lib/llvmjit*
rm -f usr/lib/*/libLLVM* usr/lib/*/libz3.so* usr/lib/llvm-*/lib/libLLVM*
