package bucket

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"

	"github.com/saylovhub/hub/contracts/fault"
)

// s3Side is the side of an S3 store. A write is acknowledged when Close
// returns; one document is one request, so that nothing half-sent is left.
type s3Side struct {
	blob   *blob.Bucket
	client *s3.Client
	http   *http.Client
	prefix string
}

func openS3(ctx context.Context, o Options, w where) (*blob.Bucket, *s3Side, error) {
	misconfigured := func(text string) error {
		return &fault.Fault{Kind: fault.Misconfigured, System: "bucket", Operation: "open", Hint: hintAddress, Err: errors.New(text)}
	}
	transport := awshttp.NewBuildableClient().WithDialerOptions(func(d *net.Dialer) { d.Timeout = 5 * time.Second }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout, t.MaxIdleConnsPerHost, t.IdleConnTimeout = 5*time.Second, 16, time.Minute
			if t.TLSClientConfig == nil {
				t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
			}
			if o.Roots != nil {
				t.TLSClientConfig.RootCAs = o.Roots
			}
		})
	load := []func(*config.LoadOptions) error{config.WithHTTPClient(transport), config.WithLogger(logging.Nop{})}
	if w.region != "" {
		load = append(load, config.WithRegion(w.region))
	}
	if o.AccessKey != "" {
		load = append(load, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(string(o.AccessKey), string(o.SecretKey), "")))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, nil, misconfigured("the environment's settings of the object store cannot be read")
	}
	if cfg.Region == "" {
		return nil, nil, misconfigured("the documents' address needs a region")
	}
	built, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		return nil, nil, misconfigured("the environment replaces the HTTP client")
	}
	plain, ok := built.Freeze().(*http.Client)
	if !ok {
		return nil, nil, misconfigured("the environment replaces the HTTP client")
	}
	client := s3.NewFromConfig(cfg, func(c *s3.Options) {
		c.HTTPClient = bounded{plain}
		c.Credentials = named{cfg.Credentials}
		c.UsePathStyle = w.pathStyle
		if w.endpoint != "" {
			c.BaseEndpoint = aws.String(w.endpoint)
		}
		c.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts, r.MaxBackoff = cmp.Or(o.Attempts, 3), 300*time.Millisecond
		})
		// The newer check sums travel in a form that many stores other than
		// Amazon's do not read; Content-MD5 they all check. What is read is
		// authenticated by the vault.
		c.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		c.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		c.APIOptions = append(c.APIOptions, smithyhttp.AddContentChecksumMiddleware)
	})
	b, err := s3blob.OpenBucket(ctx, client, w.bucket, &s3blob.Options{RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired})
	if err != nil {
		return nil, nil, misconfigured("the S3 bucket cannot be opened")
	}
	return b, &s3Side{blob: b, client: client, http: plain, prefix: w.prefix}, nil
}

// named tells a failure to find credentials from a failure of the store.
type named struct{ aws.CredentialsProvider }

func (n named) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := n.CredentialsProvider.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		return c, errNoCredentials // its text may name files and addresses
	}
	return c, err
}

// bounded caps what a store may answer, since the SDK reads error answers to
// the end, and sees to it that a listing is whole: the SDK takes one that was
// cut off for a shorter one.
type bounded struct{ client *http.Client }

const listEnd = "</ListBucketResult>"

// Do implements aws.HTTPClient.
func (b bounded) Do(r *http.Request) (*http.Response, error) {
	resp, err := b.client.Do(r)
	if err != nil {
		return nil, err
	}
	body := io.LimitReader(resp.Body, Largest+1<<20)
	if resp.StatusCode == http.StatusOK && r.URL.Query().Has("list-type") {
		defer resp.Body.Close()
		list, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		if !bytes.HasSuffix(bytes.TrimSpace(list), []byte(listEnd)) {
			return nil, io.ErrUnexpectedEOF
		}
		resp.Body = io.NopCloser(bytes.NewReader(list))
		return resp, nil
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	return resp, nil
}

func (s *s3Side) writing(o *blob.WriterOptions) (settle, last func() error) {
	o.BeforeWrite = func(as func(any) bool) error {
		var tm *transfermanager.Client
		if !as(&tm) {
			return errors.New("the blob package gives no upload client")
		}
		*tm = *transfermanager.New(s.client, func(t *transfermanager.Options) {
			t.MultipartUploadThreshold = Largest + overhead + 1
			t.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		})
		return nil
	}
	nothing := func() error { return nil }
	return nothing, nothing
}

func (s *s3Side) pages() (next func(context.Context) ([]entry, bool, error), done func()) {
	token := blob.FirstPageToken
	next = func(ctx context.Context) (page []entry, more bool, err error) {
		list, following, err := s.blob.ListPage(ctx, token, pageSize, &blob.ListOptions{Prefix: s.prefix, Delimiter: "/"})
		if err != nil {
			return nil, false, err
		}
		if len(following) > 0 && string(following) == string(token) {
			return nil, false, &fault.Fault{Kind: fault.Breach, Hint: hintOwner, Err: errors.New("the object store's listing does not move on")}
		}
		token = following
		for _, o := range list {
			if !o.IsDir {
				page = append(page, entry{key: o.Key, size: o.Size, modified: o.ModTime})
			}
		}
		return page, len(following) > 0, nil
	}
	return next, func() {}
}

func (s *s3Side) close() { s.http.CloseIdleConnections() }
