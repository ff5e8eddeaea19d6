package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"socrate.ai/encoder/local-cluster/internal/files"
)

// Record is what a pid file holds.
type Record struct {
	Identity
	// Digest stands for everything the process was started with: arguments and the
	// content of its files. A different one means: start it again.
	Digest string `json:"digest"`
}

// WriteRecord stores a record so that a reader sees all of it or nothing.
func WriteRecord(path string, record Record) error {
	content, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("failed to encode %s: %w", path, err)
	}
	return files.WriteAtomically(path, append(content, '\n'), 0o644)
}

// ReadRecord returns the record of a process that is alive. A missing file, a cut or
// foreign one, and one that names a process long gone or someone else's all mean the
// same: ErrNotRunning.
func (table Table) ReadRecord(path string) (Record, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Record{}, ErrNotRunning
	}
	if err != nil {
		return Record{}, fmt.Errorf("failed to read the pid file: %w", err)
	}
	var record Record
	if err := json.Unmarshal(content, &record); err != nil || !table.Alive(record.Identity) {
		return Record{}, ErrNotRunning
	}
	return record, nil
}
