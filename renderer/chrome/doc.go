// Package chrome prints HTML to PDF with a pool of Chromium processes, one a
// worker, each with warm tabs: a tab keeps a template's shell (style, fonts) and
// only the body is replaced, so that a small document costs milliseconds. The
// page is laid out for paper only, never for a screen.
//
// A print goes to a free worker, best to one with a warm tab of its shell; the
// queue before them is bounded. A supervisor asks every browser by itself: one
// that died, hangs or has grown is replaced, one that has only worn out not
// before its successor is warm. Health tells how they are.
//
// The page is treated as hostile. Every tab has, all together, since no single
// guard stops everything: a content policy that allows nothing but inline style
// and data: images and fonts, scripts off, the network emulated as offline,
// every request intercepted and failed, a dead proxy, and no name resolution.
// A browser is spoken to over a pipe (no port), has an empty folder of its own,
// none of the hub's environment, no system fonts, and its sandbox on; started by
// root, it runs as an unprivileged user.
//
// Every print proves whose it is: see Print.
package chrome
