package image

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
)

// File is one file of an image: content given here, or taken from the host.
type File struct {
	Path    string      // in the image
	Source  string      // on the host; Content is used where it is empty
	Content []byte      //
	Mode    fs.FileMode // 0 means: as on the host
}

// systemFiles is what nearly every program expects to find, even in an otherwise empty
// image: its own user's name, a place for temporary files, how to resolve names.
func systemFiles(user string) []File {
	passwd, group := "root:x:0:0:root:/root:/sbin/nologin\n", "root:x:0:\n"
	userID, groupID, _ := strings.Cut(user, ":")
	if groupID == "" {
		groupID = userID
	}
	if userID != "" && userID != "0" {
		passwd += fmt.Sprintf("nonroot:x:%s:%s:nonroot:/tmp:/sbin/nologin\n", userID, groupID)
		group += fmt.Sprintf("nonroot:x:%s:\n", groupID)
	}
	return []File{
		{Path: "/etc/passwd", Content: []byte(passwd), Mode: 0o644},
		{Path: "/etc/group", Content: []byte(group), Mode: 0o644},
		{Path: "/etc/nsswitch.conf", Content: []byte("hosts: files dns\n"), Mode: 0o644},
	}
}

// ProgramFiles is everything the image of one static binary holds.
func ProgramFiles(binary, inside, user string) []File {
	return append(systemFiles(user), File{Path: inside, Source: binary, Mode: 0o755})
}

// writeLayer writes a layer's tar in an order that depends on the paths alone.
func writeLayer(target string, files []File) error {
	ordered := append([]File(nil), files...)
	sort.SliceStable(ordered, func(i, j int) bool { return ordered[i].Path < ordered[j].Path })
	archive, err := newTarFile(target)
	if err != nil {
		return err
	}
	defer archive.abandon()
	archive.directory("tmp", 0o1777)
	for position, file := range ordered {
		if !path.IsAbs(file.Path) || path.Clean(file.Path) != file.Path || file.Path == "/" {
			return fmt.Errorf("the path %q in the image must be absolute and clean", file.Path)
		}
		if position > 0 && ordered[position-1].Path == file.Path {
			return fmt.Errorf("the image would have two files at %s", file.Path)
		}
		archive.parents(file.Path)
		inside := strings.TrimPrefix(file.Path, "/")
		if file.Source == "" {
			archive.contentWithMode(inside, file.Content, file.Mode)
		} else {
			archive.file(inside, file.Source, file.Mode)
		}
	}
	return archive.finish()
}

// tarFile is a tar being written, without anything that would differ between two
// machines. The first error sticks and is returned by finish.
type tarFile struct {
	output      *os.File
	writer      *tar.Writer
	directories map[string]bool
	err         error
}

func newTarFile(target string) (*tarFile, error) {
	file, err := os.Create(target)
	if err != nil {
		return nil, fmt.Errorf("failed to create the archive: %w", err)
	}
	return &tarFile{output: file, writer: tar.NewWriter(file), directories: map[string]bool{}}, nil
}

func (archive *tarFile) content(name string, content []byte) {
	archive.contentWithMode(name, content, 0o644)
}

func (archive *tarFile) contentWithMode(name string, content []byte, mode fs.FileMode) {
	archive.header(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(mode), Size: int64(len(content))})
	if archive.err == nil {
		_, archive.err = archive.writer.Write(content)
	}
}

func (archive *tarFile) copy(name string, source *os.File, mode fs.FileMode, size int64) {
	archive.header(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(mode), Size: size})
	if archive.err == nil {
		_, archive.err = io.Copy(archive.writer, source)
	}
}

// file adds a file of the host; mode 0 keeps only whether it may be executed.
func (archive *tarFile) file(name, path string, mode fs.FileMode) {
	if archive.err != nil {
		return
	}
	source, err := os.Open(path)
	if err != nil {
		archive.err = fmt.Errorf("failed to read a file for the image: %w", err)
		return
	}
	defer source.Close()
	information, err := source.Stat()
	if err != nil || !information.Mode().IsRegular() {
		archive.err = fmt.Errorf("%s is not a regular file", path)
		return
	}
	if mode == 0 {
		mode = 0o644
		if information.Mode()&0o111 != 0 {
			mode = 0o755
		}
	}
	archive.copy(name, source, mode, information.Size())
}

func (archive *tarFile) directory(name string, mode int64) {
	if archive.directories[name] {
		return
	}
	archive.directories[name] = true
	archive.header(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode})
}

// parents adds every directory that leads to the file, each once.
func (archive *tarFile) parents(file string) {
	parts := strings.Split(strings.TrimPrefix(path.Dir(file), "/"), "/")
	for count := range parts {
		if name := strings.Join(parts[:count+1], "/"); name != "" {
			archive.directory(name, 0o755)
		}
	}
}

func (archive *tarFile) header(header *tar.Header) {
	header.Format = tar.FormatPAX
	if archive.err == nil {
		archive.err = archive.writer.WriteHeader(header)
	}
}

func (archive *tarFile) finish() error {
	if archive.err == nil {
		archive.err = archive.writer.Close()
	}
	if err := archive.output.Close(); archive.err == nil {
		archive.err = err
	}
	if archive.err != nil {
		return fmt.Errorf("failed to write the archive: %w", archive.err)
	}
	return nil
}

// abandon closes what finish has not closed.
func (archive *tarFile) abandon() { archive.output.Close() }
