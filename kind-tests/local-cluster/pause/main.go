// Command pause holds a pod's namespaces open: it waits to be told to stop and
// collects the processes it inherits when a pod shares its process namespace.
//
// Called as "pause stamp" it prints the time in nanoseconds instead and ends, which is
// how local-cluster measures how long a container takes to start.
package main

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "stamp" {
		os.Stdout.WriteString(strconv.FormatInt(time.Now().UnixNano(), 10) + "\n")
		return
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		collectEnded()
	}
}

// collectEnded reaps every child that has ended; one signal may stand for several.
func collectEnded() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != nil || pid <= 0 {
			return
		}
	}
}
