package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Setting is a kernel setting by its path below /proc/sys.
type Setting string

// needed is what the cluster sets itself.
var needed = map[Setting]string{
	"net/ipv4/ip_forward": "1",
	// Pods of one node talk over a bridge; answers of a service must pass the packet
	// filter on their way back, or they come from the wrong address.
	bridgeFilter: "1",
}

// alsoChanged is what kubelet and kube-proxy set on their own account.
var alsoChanged = []Setting{
	"net/ipv4/conf/all/route_localnet", "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic",
	"kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
}

// RecordKernel reads every setting that running the cluster changes.
func RecordKernel() map[Setting]string {
	settings := append([]Setting(nil), alsoChanged...)
	for setting := range needed {
		settings = append(settings, setting)
	}
	values := map[Setting]string{}
	for _, setting := range settings {
		if value, err := readSetting(setting); err == nil {
			values[setting] = value
		}
	}
	return values
}

// bridgeFilter is there once the kernel can filter bridged packets.
const bridgeFilter Setting = "net/bridge/bridge-nf-call-iptables"

// filtersBridges tells whether the kernel filters bridged packets already.
func filtersBridges() bool {
	_, err := readSetting(bridgeFilter)
	return !errors.Is(err, fs.ErrNotExist)
}

// ensureBridgeFilter loads what is missing, once, and says what to do where that does not help.
func ensureBridgeFilter(present func() bool, load func() error) error {
	if present() {
		return nil
	}
	err := load()
	if err == nil && present() {
		return nil
	}
	if err == nil {
		err = errors.New("the module is loaded, and the setting is still not there")
	}
	return fmt.Errorf("the kernel does not filter bridged packets, and its module could not be loaded; in a container, run on the machine itself: modprobe br_netfilter: %w", err)
}

// PrepareKernel sets what the cluster needs. A module it has to load for that stays loaded.
func PrepareKernel(ctx context.Context) error {
	err := ensureBridgeFilter(filtersBridges, func() error {
		_, err := run(ctx, "", "modprobe", "br_netfilter")
		return err
	})
	if err != nil {
		return err
	}
	for setting, value := range needed {
		current, err := readSetting(setting)
		if err == nil && current == value {
			continue
		}
		if err := writeSetting(setting, value); err != nil {
			return err
		}
	}
	return nil
}

// RestoreKernel puts recorded values back.
func RestoreKernel(recorded map[Setting]string) error {
	var failures []error
	for setting, value := range recorded {
		if current, err := readSetting(setting); err == nil && current != value {
			failures = append(failures, writeSetting(setting, value))
		}
	}
	return errors.Join(failures...)
}

func (setting Setting) path() string { return filepath.Join("/proc/sys", string(setting)) }

func readSetting(setting Setting) (string, error) {
	content, err := os.ReadFile(setting.path())
	return strings.TrimSpace(string(content)), err
}

func writeSetting(setting Setting, value string) error {
	if err := os.WriteFile(setting.path(), []byte(value), 0o644); err != nil {
		return fmt.Errorf("failed to set the kernel setting %s to %s: %w", setting, value, err)
	}
	return nil
}
