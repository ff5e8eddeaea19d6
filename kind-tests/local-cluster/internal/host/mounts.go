package host

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// UnmountBelow unmounts everything mounted at or below the directory and makes sure
// that nothing is left: whoever deletes the directory afterwards must not reach through
// a mount into files that are not the cluster's.
func UnmountBelow(directory string) error {
	const patience = 5 // stacked mounts need a round each
	for range patience {
		mounts, err := mountsBelow(directory)
		if err != nil {
			return err
		}
		if len(mounts) == 0 {
			return nil
		}
		for _, mount := range mounts {
			// A lazy unmount as the last resort: the processes inside are gone already.
			if unix.Unmount(mount, unix.UMOUNT_NOFOLLOW) != nil {
				_ = unix.Unmount(mount, unix.UMOUNT_NOFOLLOW|unix.MNT_DETACH)
			}
		}
	}
	mounts, err := mountsBelow(directory)
	if err == nil && len(mounts) > 0 {
		err = fmt.Errorf("unable to unmount %s: see who uses it with: fuser -vm %s", strings.Join(mounts, ", "), mounts[0])
	}
	return err
}

func mountsBelow(directory string) ([]string, error) {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("failed to list the mounts: %w", err)
	}
	return parseMounts(string(content), directory), nil
}

// parseMounts picks the mount points at or below a directory, the deepest first.
func parseMounts(mountinfo, directory string) []string {
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	var mounts []string
	for _, line := range strings.Split(mountinfo, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		point := unescape.Replace(fields[4])
		if point == directory || strings.HasPrefix(point, strings.TrimRight(directory, "/")+"/") {
			mounts = append(mounts, point)
		}
	}
	// The list is in the order of mounting: the newest go first.
	slices.Reverse(mounts)
	slices.SortStableFunc(mounts, func(left, right string) int {
		return strings.Count(right, "/") - strings.Count(left, "/")
	})
	return mounts
}
