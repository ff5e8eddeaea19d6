package certificates

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"socrate.ai/encoder/local-cluster/internal/files"
)

// ErrUnusable says that what every other certificate rests on, an authority or the key
// that signs service-account tokens, is missing or damaged: the cluster cannot go on
// with it, only start afresh.
var ErrUnusable = errors.New("the cluster's certificates are unusable")

// Store is a directory of certificates and keys.
type Store struct{ Directory string }

// Certificate is the path of a certificate; an Authority's name does as well.
func (store Store) Certificate(name string) string {
	return filepath.Join(store.Directory, name+".crt")
}

// Key is the path of a private key.
func (store Store) Key(name string) string { return filepath.Join(store.Directory, name+".key") }

// PublicKey is the path of a public key.
func (store Store) PublicKey(name string) string { return filepath.Join(store.Directory, name+".pub") }

// Create makes authorities, keys and leaves from nothing. The directory appears whole
// or not at all.
func (store Store) Create(leaves []Leaf, now time.Time) error {
	draft := Store{Directory: store.Directory + ".new"}
	if err := os.RemoveAll(draft.Directory); err != nil {
		return fmt.Errorf("failed to clear %s: %w", draft.Directory, err)
	}
	if err := os.MkdirAll(draft.Directory, 0o700); err != nil {
		return fmt.Errorf("failed to create %s: %w", draft.Directory, err)
	}
	for _, name := range authorities {
		certificate, key, err := newAuthority(string(name), now)
		if err != nil {
			return fmt.Errorf("failed to make the certificate authority %s: %w", name, err)
		}
		if err := draft.write(string(name), certificate, key); err != nil {
			return err
		}
	}
	if err := draft.writeServiceAccountKey(); err != nil {
		return err
	}
	if _, err := draft.Repair(leaves, now); err != nil {
		return err
	}
	if err := os.RemoveAll(store.Directory); err != nil {
		return fmt.Errorf("failed to replace %s: %w", store.Directory, err)
	}
	if err := os.Rename(draft.Directory, store.Directory); err != nil {
		return fmt.Errorf("failed to replace %s: %w", store.Directory, err)
	}
	return nil
}

// Repair issues again each leaf that is missing, damaged, about to expire or made for
// other names, and says which. It returns ErrUnusable when an authority cannot be used.
func (store Store) Repair(leaves []Leaf, now time.Time) (issued []string, err error) {
	if err := store.checkServiceAccountKey(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	type pair struct {
		certificate *x509.Certificate
		key         *ecdsa.PrivateKey
	}
	loaded := map[Authority]pair{}
	for _, name := range authorities {
		certificate, key, err := store.load(string(name))
		if err == nil && (!certificate.IsCA || expires(certificate, now)) {
			err = fmt.Errorf("%s is no authority or has expired", name)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
		}
		loaded[name] = pair{certificate, key}
	}
	for _, leaf := range leaves {
		authority := loaded[leaf.Authority]
		if certificate, _, err := store.load(leaf.Name); err == nil && serves(certificate, leaf, authority.certificate, now) {
			continue
		}
		certificate, key, err := issue(leaf, authority.certificate, authority.key, now)
		if err != nil {
			return issued, fmt.Errorf("failed to issue the certificate %s: %w", leaf.Name, err)
		}
		if err := store.write(leaf.Name, certificate, key); err != nil {
			return issued, err
		}
		issued = append(issued, leaf.Name)
	}
	return issued, nil
}

func (store Store) write(name string, certificate []byte, key *ecdsa.PrivateKey) error {
	encoded, err := encodeKey(key)
	if err != nil {
		return fmt.Errorf("failed to encode the key %s: %w", name, err)
	}
	if err := files.WriteAtomically(store.Key(name), encoded, 0o600); err != nil {
		return err
	}
	return files.WriteAtomically(store.Certificate(name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o644)
}

// load reads a certificate and its key and makes sure that they belong together.
func (store Store) load(name string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := readKey(store.Key(name))
	if err != nil {
		return nil, nil, err
	}
	block, err := readPEM(store.Certificate(name), "CERTIFICATE")
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(block)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", store.Certificate(name), err)
	}
	if public, ok := certificate.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(&key.PublicKey) {
		return nil, nil, fmt.Errorf("%s does not belong to its key", store.Certificate(name))
	}
	return certificate, key, nil
}
