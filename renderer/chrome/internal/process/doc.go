// Package process starts, confines, watches and ends one browser process: an
// empty folder of its own, none of the hub's environment, no network, no system
// fonts, its sandbox on and proved; started by root it runs as an unprivileged
// user. The flags it is started with stand here and nowhere else.
package process
