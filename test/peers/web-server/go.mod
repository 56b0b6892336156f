module belay/test/peers/web-server

go 1.24
