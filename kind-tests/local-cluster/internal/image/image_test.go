package image

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func built(t *testing.T, program, out string) (string, []byte) {
	t.Helper()
	options := Options{Reference: "localhost/tried:1", Files: ProgramFiles(program, "/program", "65532:65532")}
	digest, err := Build(options, out)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return digest, content
}

func TestTheSameFilesMakeTheSameImageWheneverItIsMade(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "program")
	if err := os.WriteFile(program, []byte("program"), 0o700); err != nil {
		t.Fatal(err)
	}
	first, one := built(t, program, filepath.Join(folder, "one.tar"))
	if err := os.Chtimes(program, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	second, two := built(t, program, filepath.Join(folder, "two.tar"))
	if first != second || !bytes.Equal(one, two) {
		t.Fatal("two builds differ")
	}
	contents, err := Inspect(filepath.Join(folder, "one.tar"))
	if err != nil || len(contents) != 1 || contents[0].Digest != first || contents[0].Reference != "localhost/tried:1" {
		t.Fatalf("%+v, %v", contents, err)
	}
	if err := os.WriteFile(program, []byte("another"), 0o700); err != nil {
		t.Fatal(err)
	}
	if third, _ := built(t, program, filepath.Join(folder, "three.tar")); third == first {
		t.Fatal("another program makes the same image")
	}
}

func TestAnEmptyImageIsRefused(t *testing.T) {
	if _, err := Build(Options{Reference: "localhost/empty:1"}, filepath.Join(t.TempDir(), "image.tar")); err == nil {
		t.Fatal("an image of nothing is built")
	}
}
