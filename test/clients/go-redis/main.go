// go-redis: writes increasing numbers and tells each acknowledgement and each failure in a line of JSON.
package main

import (
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

func main() {
	sentinels := strings.Split(os.Args[1], ",")
	master, key := os.Args[2], os.Args[4]
	protocol := 2
	if os.Args[3] == "3" {
		protocol = 3
	}
	ending, forget := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer forget()
	ctx := context.Background()

	// #region snippet
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName:    master,    // "mymaster"
		SentinelAddrs: sentinels, // []string{"127.0.0.1:26379"}
		Protocol:      protocol,  // 2 or 3
		ClientName:    key,
	})
	// #endregion
	defer client.Close()

	tell(map[string]any{"version": version()})
	for number := 1; ending.Err() == nil; number++ {
		if err := client.RPush(ctx, key, number).Err(); err != nil {
			tell(map[string]any{"failed": number, "at": time.Now().UnixMilli(), "error": err.Error()})
		} else {
			tell(map[string]any{"acknowledged": number, "at": time.Now().UnixMilli()})
		}
		time.Sleep(20 * time.Millisecond)
	}
	last, err := client.LIndex(ctx, key, -1).Int()
	if err != nil {
		panic(err)
	}
	tell(map[string]any{"read": last})
}

// version is what go.mod pinned.
func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/redis/go-redis/v9" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

func tell(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(text, '\n'))
}
