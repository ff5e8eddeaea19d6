package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"socrate.ai/encoder/local-cluster/internal/image"
)

// authorityBundle is where Debian keeps the certificates of public authorities, and where
// TLS libraries look.
const authorityBundle = "/etc/ssl/certs/ca-certificates.crt"

type buildFlags struct {
	tag, binary, base, user, directory, signal, out string
	entrypoint, command, environment, files         []string
	authorities                                     bool
}

func buildImageCommand() *cobra.Command {
	var flags buildFlags
	command := &cobra.Command{
		Use:   "build-image --tag REFERENCE --out TAR (--binary PATH | --base-layer TAR)",
		Short: "write a container image without a container engine",
		Long: `Writes an image as a tar that load-image and "docker load" read. The same input gives
the same digest.

With --binary the image holds that program, names for its user, an empty /tmp and
nothing else. With --base-layer it holds a root file system given as a tar.`,
		Example: `  local-cluster build-image --tag localhost/api:dev --binary target/release/api --out api.tar`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			built, err := flags.options()
			if err != nil {
				return err
			}
			digest, err := image.Build(built, flags.out)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(command.OutOrStdout(), digest)
			return err
		},
	}
	set := command.Flags()
	set.StringVar(&flags.tag, "tag", "", "the image's reference, like localhost/name:tag")
	set.StringVar(&flags.out, "out", "", "the tar to write")
	set.StringVar(&flags.binary, "binary", "", "a statically linked program; it becomes the entry point")
	set.StringVar(&flags.base, "base-layer", "", "a tar with a root file system")
	set.StringVar(&flags.user, "user", "65532:65532", "user and group the program runs as, in numbers")
	set.StringVar(&flags.directory, "workdir", "/", "the program's working directory")
	set.StringVar(&flags.signal, "stop-signal", "", "the signal that asks the program to end (default SIGTERM)")
	set.StringArrayVar(&flags.entrypoint, "entrypoint", nil, "entry point, once per word (default: the binary)")
	set.StringArrayVar(&flags.command, "command", nil, "default arguments, once per word")
	set.StringArrayVar(&flags.environment, "env", nil, "NAME=value; may be repeated")
	set.StringArrayVar(&flags.files, "file", nil, "HOST:INSIDE[:MODE], a file to add; may be repeated")
	set.BoolVar(&flags.authorities, "ca-certificates", false, "add this machine's public certificate authorities")
	for _, name := range []string{"tag", "out"} {
		_ = command.MarkFlagRequired(name) // fails only for a flag that does not exist
	}
	command.MarkFlagsOneRequired("binary", "base-layer")
	command.MarkFlagsMutuallyExclusive("binary", "base-layer")
	return command
}

func (flags buildFlags) options() (image.Options, error) {
	built := image.Options{
		Reference: flags.tag, BaseLayer: flags.base, User: flags.user, WorkingDirectory: flags.directory,
		Entrypoint: flags.entrypoint, Command: flags.command, Environment: flags.environment, StopSignal: flags.signal,
	}
	user, group, _ := strings.Cut(flags.user, ":")
	for _, number := range []string{user, group} {
		if _, err := strconv.ParseUint(number, 10, 32); err != nil {
			return built, fmt.Errorf("--user %q: give user and group as numbers, like 65532:65532, so that Kubernetes can tell that it is not root", flags.user)
		}
	}
	if flags.binary != "" {
		inside := "/" + filepath.Base(flags.binary)
		built.Files = image.ProgramFiles(flags.binary, inside, flags.user)
		if len(built.Entrypoint) == 0 {
			built.Entrypoint = []string{inside}
		}
	}
	for _, text := range flags.files {
		file, err := parseFile(text)
		if err != nil {
			return built, err
		}
		built.Files = append(built.Files, file)
	}
	if flags.authorities {
		built.Files = append(built.Files, image.File{Path: authorityBundle, Source: authorityBundle, Mode: 0o644})
	}
	for _, variable := range flags.environment {
		if name, _, found := strings.Cut(variable, "="); !found || name == "" {
			return built, fmt.Errorf("--env %q: it looks like NAME=value", variable)
		}
	}
	return built, nil
}

// parseFile reads HOST:INSIDE[:MODE].
func parseFile(text string) (image.File, error) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" || !path.IsAbs(parts[1]) {
		return image.File{}, fmt.Errorf("--file %q: it looks like HOST:/INSIDE or HOST:/INSIDE:0644", text)
	}
	file := image.File{Source: parts[0], Path: path.Clean(parts[1])}
	if len(parts) == 3 {
		mode, err := strconv.ParseUint(parts[2], 8, 12)
		if err != nil {
			return image.File{}, fmt.Errorf("--file %q: %w", text, errors.New("the mode is an octal number like 0644"))
		}
		file.Mode = fs.FileMode(mode)
	}
	return file, nil
}
