package store_test

import "os"

var keyFolder = func() string { d, _ := os.MkdirTemp("", "hubkeys"); return d }()

func childFolder() (string, bool) { return "", false }
func child(string)                {}
