// Package chrome prints HTML to PDF with one Chromium process and warm tabs: a
// tab keeps a template's shell (style, fonts) and only the body is replaced, so
// that a small document costs milliseconds.
//
// The page is treated as hostile. Every tab has, all together, since no single
// guard stops everything: a content policy that allows nothing but inline style
// and data: images and fonts, scripts off, the network emulated as offline,
// every request intercepted and failed, a dead proxy, and no name resolution.
// The browser is spoken to over a pipe (no port), has an empty folder of its
// own, none of the hub's environment, and its sandbox on; started by root, it
// runs as an unprivileged user.
//
// Every print proves whose it is: see Print.
package chrome
