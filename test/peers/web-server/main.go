// A small web server for images made from nothing. Environment variables choose how it behaves; a
// duration is written as in "1500ms". Called as "web-server health" it is its own health check.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	started = time.Now()
	served  atomic.Int64
)

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "health" {
		askHealth()
		return
	}
	if code := os.Getenv("CRASH_AT_START"); code != "" {
		crash(code, "cannot start: DATABASE_URL is missing")
	}
	time.Sleep(duration("LISTEN_AFTER"))
	if after := duration("CRASH_AFTER"); after > 0 {
		time.AfterFunc(after, func() { crash("1", "panic: connection to the database lost") })
	}
	serve()
}

func serve() {
	server := &http.Server{Addr: address(), Handler: handler()}
	drained := make(chan struct{})
	go func() {
		awaitSignal()
		drain(server)
		close(drained)
	}()
	log.Printf("listening on %s, version %s", server.Addr, os.Getenv("VERSION"))
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-drained
}

// awaitSignal returns at the first signal to end that the server heeds.
func awaitSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	for got := range signals {
		log.Printf("got %s", got)
		if os.Getenv("ON_TERM") != "ignore" {
			return
		}
	}
}

// drain lets requests in flight finish, unless ON_TERM=exit; DRAIN keeps it open to new ones before.
func drain(server *http.Server) {
	if os.Getenv("ON_TERM") == "exit" {
		os.Exit(0)
	}
	time.Sleep(duration("DRAIN"))
	if err := server.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
}

func handler() http.Handler {
	pages := http.NewServeMux()
	pages.HandleFunc("GET /healthz", health)
	pages.HandleFunc("GET /env/{name}", environment)
	pages.HandleFunc("GET /file/{path...}", file)
	pages.HandleFunc("GET /", page)
	return pages
}

// health tells what a health check hears: NEVER_HEALTHY, HEALTHY_AFTER, UNHEALTHY_AFTER.
func health(answer http.ResponseWriter, _ *http.Request) {
	up := time.Since(started)
	until, set := os.LookupEnv("UNHEALTHY_AFTER")
	sick := os.Getenv("NEVER_HEALTHY") != "" || up < duration("HEALTHY_AFTER") ||
		(set && until != "" && up >= duration("UNHEALTHY_AFTER"))
	status, code := "ok", http.StatusOK
	if sick {
		status, code = "unhealthy", http.StatusServiceUnavailable
	}
	reply(answer, code, map[string]any{"status": status, "version": os.Getenv("VERSION")})
}

// page answers with who served it, after LATENCY or the query's own "take"; with 500 after FAIL_AFTER.
func page(answer http.ResponseWriter, request *http.Request) {
	take := duration("LATENCY")
	if asked, err := time.ParseDuration(request.URL.Query().Get("take")); err == nil {
		take = asked
	}
	time.Sleep(take)
	code := http.StatusOK
	if os.Getenv("FAIL_AFTER") != "" && time.Since(started) >= duration("FAIL_AFTER") {
		log.Printf("error: GET %s failed", request.URL.Path)
		code = http.StatusInternalServerError
	}
	host, _ := os.Hostname()
	reply(answer, code, map[string]any{
		"version": os.Getenv("VERSION"),
		"host":    host,
		"path":    request.URL.Path,
		"served":  served.Add(1),
	})
}

func environment(answer http.ResponseWriter, request *http.Request) {
	value, set := os.LookupEnv(request.PathValue("name"))
	if !set {
		http.NotFound(answer, request)
		return
	}
	fmt.Fprint(answer, value)
}

// file shows a file of the container, such as one that is mounted into it.
func file(answer http.ResponseWriter, request *http.Request) {
	http.ServeFile(answer, request, "/"+request.PathValue("path"))
}

func reply(answer http.ResponseWriter, code int, body map[string]any) {
	answer.Header().Set("Content-Type", "application/json")
	answer.Header().Set("X-Version", os.Getenv("VERSION"))
	answer.WriteHeader(code)
	if err := json.NewEncoder(answer).Encode(body); err != nil {
		log.Print(err)
	}
}

func askHealth() {
	client := http.Client{Timeout: 2 * time.Second}
	answer, err := client.Get("http://127.0.0.1" + address() + "/healthz")
	if err != nil {
		log.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		log.Fatalf("health check answered %d", answer.StatusCode)
	}
}

func address() string {
	if port := os.Getenv("PORT"); port != "" {
		return ":" + port
	}
	return ":8080"
}

func crash(code, reason string) {
	log.Print(reason)
	number, err := strconv.Atoi(code)
	if err != nil {
		number = 1
	}
	os.Exit(number)
}

// duration reads a variable; what cannot be read ends the server, so that no test runs on a misspelt one.
func duration(name string) time.Duration {
	text := os.Getenv(name)
	if text == "" {
		return 0
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return value
}
