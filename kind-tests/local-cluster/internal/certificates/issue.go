package certificates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"slices"
	"time"

	"socrate.ai/encoder/local-cluster/internal/files"
)

const (
	validity = 5 * 365 * 24 * time.Hour
	// A clock that was set back a little must not make a fresh certificate invalid.
	backdating = time.Hour
	// A certificate this close to its end is issued again rather than used.
	renewBefore = 30 * 24 * time.Hour
)

func newAuthority(name string, now time.Time) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template, err := newTemplate(pkix.Name{CommonName: "local-cluster " + name}, now)
	if err != nil {
		return nil, nil, err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return certificate, key, err
}

func issue(leaf Leaf, authority *x509.Certificate, authorityKey *ecdsa.PrivateKey, now time.Time) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template, err := newTemplate(subject(leaf), now)
	if err != nil {
		return nil, nil, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = leaf.Uses
	template.IPAddresses, template.DNSNames = leaf.Addresses, leaf.DNSNames
	certificate, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, authorityKey)
	return certificate, key, err
}

func newTemplate(name pkix.Name, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{SerialNumber: serial, Subject: name,
		NotBefore: now.Add(-backdating), NotAfter: now.Add(validity)}, nil
}

func subject(leaf Leaf) pkix.Name {
	name := pkix.Name{CommonName: leaf.CommonName}
	if leaf.Organization != "" {
		name.Organization = []string{leaf.Organization}
	}
	return name
}

// serves tells whether an existing certificate still does what the leaf asks for.
func serves(certificate *x509.Certificate, leaf Leaf, authority *x509.Certificate, now time.Time) bool {
	return !expires(certificate, now) &&
		certificate.CheckSignatureFrom(authority) == nil &&
		certificate.Subject.String() == subject(leaf).String() &&
		slices.Equal(certificate.ExtKeyUsage, leaf.Uses) &&
		slices.Equal(certificate.DNSNames, leaf.DNSNames) &&
		slices.EqualFunc(certificate.IPAddresses, leaf.Addresses, net.IP.Equal)
}

func expires(certificate *x509.Certificate, now time.Time) bool {
	return now.Before(certificate.NotBefore) || now.Add(renewBefore).After(certificate.NotAfter)
}

func (store Store) writeServiceAccountKey() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("failed to make the service-account key: %w", err)
	}
	private, err := encodeKey(key)
	if err != nil {
		return fmt.Errorf("failed to encode the service-account key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return fmt.Errorf("failed to encode the service-account key: %w", err)
	}
	if err := files.WriteAtomically(store.Key(ServiceAccountKey), private, 0o600); err != nil {
		return err
	}
	encoded := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	return files.WriteAtomically(store.PublicKey(ServiceAccountKey), encoded, 0o644)
}

func (store Store) checkServiceAccountKey() error {
	key, err := readKey(store.Key(ServiceAccountKey))
	if err != nil {
		return err
	}
	block, err := readPEM(store.PublicKey(ServiceAccountKey), "PUBLIC KEY")
	if err != nil {
		return err
	}
	parsed, err := x509.ParsePKIXPublicKey(block)
	if public, ok := parsed.(*ecdsa.PublicKey); err != nil || !ok || !public.Equal(&key.PublicKey) {
		return fmt.Errorf("%s does not belong to its private key", store.PublicKey(ServiceAccountKey))
	}
	return nil
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	encoded, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded}), nil
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	block, err := readPEM(path, "EC PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParseECPrivateKey(block)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func readPEM(path, kind string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s holds no %s", path, kind)
	}
	return block.Bytes, nil
}
