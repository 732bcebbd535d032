// Command hub is the whole product: the server, the mock systems, the demo, and
// the command line that speaks to a running hub. A file per subcommand, no
// logic in any of them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/client"
)

// version is set when the program is built.
var version = "dev"

type cli struct {
	Config  string           `help:"Configuration file (YAML)." type:"path" env:"HUB_CONFIG" placeholder:"FILE"`
	Output  string           `help:"How results are printed: table or json. Commands that make a file take its name here too." default:"table" short:"o" placeholder:"table|json|FILE"`
	Version kong.VersionFlag `help:"Print the version and end."`

	Serve        serveCmd        `cmd:"" help:"Run the hub: API and pipelines."`
	Demo         demoCmd         `cmd:"" help:"Play the main job in one go and print what became of it."`
	Mocks        mocksCmd        `cmd:"" help:"Run the mock systems alone."`
	Apply        applyCmd        `cmd:"" help:"Hand in an application."`
	Show         showCmd         `cmd:"" help:"Show an application's dossier."`
	Confirm      confirmCmd      `cmd:"" help:"Record that a paper proves what no register can."`
	Decide       decideCmd       `cmd:"" help:"Hand in the commission's decision."`
	Applications applicationsCmd `cmd:"" help:"Applications: list, show, dossier as text or PDF, review, return, withdraw, amend."`
	Autofill     autofillCmd     `cmd:"" help:"Fill the columns about a person now."`
	Sign         signCmd         `cmd:"" help:"Sign a file as a made-up person (mock EDS)."`
	Directory    directoryCmd    `cmd:"" help:"Commissions, officials, organisations, elections."`
	Documents    documentsCmd    `cmd:"" help:"Issue documents directly; the register, passports, revoke, duplicate, correct, annul."`
	Failures     failuresCmd     `cmd:"" help:"Jobs that wait for an operator."`
	Connectors   connectorsCmd   `cmd:"" help:"Outside systems: how they stand, probe, pause, resume."`
	Processes    processesCmd    `cmd:"" help:"The hub processes that work together."`
	Notices      noticesCmd      `cmd:"" help:"SMS: show one, settle one whose outcome nobody knows."`
	Mailings     mailingsCmd     `cmd:"" help:"One notice to many: send, watch, hold."`
	Webhooks     webhooksCmd     `cmd:"" help:"Who is told of events over HTTP."`
	Reconcile    reconcileCmd    `cmd:"" help:"The signed ledger: how everything ended, or where it stands and why."`
	Events       eventsCmd       `cmd:"" help:"What the hub told others: so far, or as it comes."`
	Keys         keysCmd         `cmd:"" help:"API keys."`
	Templates    templatesCmd    `cmd:"" help:"Documents: what there is, what is wrong with them, how they look."`
	Render       renderCmd       `cmd:"" help:"Render drafts of documents from data, without issuing them."`
	Verify       verifyCmd       `cmd:"" help:"Whether a document is genuine, from its PDF or its code; offline unless a hub is named."`
	Settings     configCmd       `cmd:"" name:"config" help:"Check or print the configuration."`
	Catalogue    catalogueCmd    `cmd:"" help:"Application types."`
}

// hubFlags name the hub that a client command speaks to.
type hubFlags struct {
	URL     string `help:"Address of the hub." env:"HUB_URL" default:"http://127.0.0.1:8080"`
	KeyFile string `help:"File with the API key." env:"HUB_KEY_FILE" type:"path" default:"var/hub/admin.key"`
}

// mockFlags name the mock systems.
type mockFlags struct {
	Portal string `help:"Address of the portal mock." env:"HUB_MOCK_PORTAL" default:"http://127.0.0.1:18081"`
	EDS    string `help:"Address of the EDS mock." env:"HUB_MOCK_EDS" default:"http://127.0.0.1:18082"`
}

func (m mockFlags) mocks() client.Mocks { return client.Mocks{Portal: m.Portal, EDS: m.EDS} }

// run is what every command gets.
type run struct {
	ctx    context.Context
	cli    *cli
	stdout io.Writer
	stderr io.Writer
}

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }

// execute returns the exit code: 0, 1 (failed) or 2 (misused).
func execute(args []string, stdout, stderr io.Writer) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	ended := -1
	parser, err := kong.New(&c, kong.Name("hub"), kong.Description("Saylov Hub: between the election commissions' applications and the state's systems."),
		kong.Writers(stdout, stderr), kong.Exit(func(n int) { ended = n }), kong.Vars{"version": version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(stderr, "hub:", err)
		return 1
	}
	k, err := parser.Parse(args)
	if ended >= 0 { // help or version was printed
		return ended
	}
	if err != nil {
		fmt.Fprintf(stderr, "hub: %v\nTry hub --help.\n", err)
		return 2
	}
	if err := k.Run(&run{ctx: ctx, cli: &c, stdout: stdout, stderr: stderr}); err != nil {
		fmt.Fprintln(stderr, "hub:", err)
		if f, ok := errors.AsType[*fault.Fault](err); ok && f.Hint != "" {
			fmt.Fprintln(stderr, "  "+f.Hint)
		}
		return 1
	}
	return 0
}
