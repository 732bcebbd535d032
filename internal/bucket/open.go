package bucket

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/vault"
)

// Options of Open.
type Options struct {
	// URL is where documents lie: "" or file:///folder for a folder, or
	// s3://bucket?endpoint=https://host:port&region=...&use_path_style=true&prefix=folder.
	// It never holds a credential.
	URL string
	// Dir is the folder when URL is empty.
	Dir   string
	Vault *vault.Vault
	Log   *slog.Logger // nil: silent
	// AccessKey and SecretKey of an S3 store; both empty: the environment's, as
	// the AWS SDK finds them (AWS_ACCESS_KEY_ID, profile, role).
	AccessKey, SecretKey personal.Secret
	// Roots are the authorities trusted for an S3 store; nil: the system's.
	Roots *x509.CertPool
	// AllowHTTP takes an S3 endpoint without TLS on another machine.
	AllowHTTP bool
	// Timeout bounds each call, all tries together; zero: 30 s.
	Timeout time.Duration
	// Attempts bounds the tries of one S3 request within a call; zero: 3.
	Attempts int
}

// where is an address understood.
type where struct {
	dir                      string // of a folder
	bucket, endpoint, region string // of an S3 store
	prefix                   string // "" or ending in a slash
	pathStyle                bool
}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	prefixName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$`)
)

// Check says what is wrong with the options, without repeating the address. It
// opens nothing.
func (o Options) Check() error {
	_, err := o.where()
	return err
}

func (o Options) where() (where, error) {
	if o.URL == "" {
		if o.Dir == "" {
			return where{}, errors.New("needs a folder or an address")
		}
		return where{dir: o.Dir}, nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Fragment != "" {
		return where{}, errors.New("must be an address like file:///folder or s3://bucket?endpoint=https://host")
	}
	if u.User != nil {
		return where{}, errors.New("must hold no credentials: they have settings of their own")
	}
	switch u.Scheme {
	case "file":
		if u.Host != "" || !filepath.IsAbs(u.Path) || u.RawQuery != "" {
			return where{}, errors.New("must be an address like file:///folder")
		}
		return where{dir: filepath.Clean(u.Path)}, nil
	case "s3":
		return o.s3(u)
	}
	return where{}, errors.New("must begin with file:// or s3://")
}

func (o Options) s3(u *url.URL) (where, error) {
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return where{}, errors.New("has a query that cannot be read")
	}
	for k, v := range q {
		if !slices.Contains([]string{"endpoint", "region", "use_path_style", "prefix"}, k) {
			return where{}, errors.New("takes endpoint, region, use_path_style and prefix only")
		}
		if len(v) != 1 {
			return where{}, fmt.Errorf("has %s more than once", k)
		}
	}
	w := where{bucket: u.Host, endpoint: q.Get("endpoint"), region: q.Get("region"), prefix: strings.Trim(q.Get("prefix"), "/")}
	switch {
	case !bucketName.MatchString(w.bucket) || strings.Trim(u.Path, "/") != "":
		return where{}, errors.New("must name a bucket: s3://bucket")
	case (o.AccessKey == "") != (o.SecretKey == ""):
		return where{}, errors.New("needs both the access key and the secret key, or neither")
	case w.region != "" && !regionName.MatchString(w.region):
		return where{}, errors.New("region must be a name like us-east-1")
	case w.prefix != "" && (!prefixName.MatchString(w.prefix) || len(w.prefix) > longest):
		return where{}, errors.New("prefix must be plain names with slashes between them")
	}
	if w.prefix != "" {
		w.prefix += "/"
	}
	if v := q.Get("use_path_style"); v != "" {
		if w.pathStyle, err = strconv.ParseBool(v); err != nil {
			return where{}, errors.New("use_path_style must be true or false")
		}
	}
	if w.endpoint == "" {
		return w, nil
	}
	// Stores other than Amazon's take any region; the signature needs one.
	w.region = cmp.Or(w.region, "us-east-1")
	return w, o.checkEndpoint(w.endpoint)
}

func (o Options) checkEndpoint(address string) error {
	e, err := url.Parse(address)
	switch {
	case err != nil || e.Host == "" || e.Scheme != "https" && e.Scheme != "http":
		return errors.New("endpoint must be an address like https://host:port")
	case e.User != nil || e.RawQuery != "" || e.Fragment != "":
		return errors.New("endpoint must hold no user, query or fragment")
	case e.Scheme == "http" && !o.AllowHTTP && !loopback(e.Hostname()):
		return errors.New("endpoint must be https")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Open prepares a bucket and makes its folder when that is missing. It asks no
// S3 store anything: Probe does.
func Open(ctx context.Context, o Options) (*Bucket, error) {
	w, err := o.where()
	if err == nil && o.Vault == nil {
		err = errors.New("needs the vault")
	}
	if err != nil {
		return nil, &fault.Fault{
			Kind: fault.Misconfigured, System: "bucket", Operation: "open", Hint: "correct the documents' address in the configuration",
			Err: fmt.Errorf("the documents' address %w", err),
		}
	}
	b := &Bucket{vault: o.Vault, prefix: w.prefix, limit: cmp.Or(o.Timeout, 30*time.Second)}
	kind := "folder"
	if w.dir != "" {
		b.blob, b.side, err = openFolder(w.dir)
	} else {
		kind = "s3"
		b.blob, b.side, err = openS3(ctx, o, w)
	}
	if err != nil {
		return nil, err
	}
	if o.Log != nil {
		o.Log.DebugContext(ctx, "documents' bucket opened", "kind", kind)
	}
	return b, nil
}
