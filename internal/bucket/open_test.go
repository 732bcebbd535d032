package bucket_test

import (
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/bucket"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	const s3 = "s3://documents?endpoint=https://s3.example"
	for _, c := range []struct {
		name string
		o    bucket.Options
		want string // of the complaint; "": none
	}{
		{"a folder", bucket.Options{Dir: "var/documents"}, ""},
		{"a folder's address", bucket.Options{URL: "file:///srv/documents"}, ""},
		{"S3", bucket.Options{URL: s3 + "&region=us-east-1&use_path_style=true&prefix=hub/a/"}, ""},
		{"S3 of Amazon", bucket.Options{URL: "s3://documents?region=eu-central-1"}, ""},
		{"S3 on this machine", bucket.Options{URL: "s3://documents?endpoint=http://127.0.0.1:9000"}, ""},
		{"S3 without TLS, as asked", bucket.Options{URL: "s3://documents?endpoint=http://s3.example", AllowHTTP: true}, ""},
		{"nothing", bucket.Options{}, "folder or an address"},
		{"another scheme", bucket.Options{URL: "gs://documents"}, "file:// or s3://"},
		{"a relative folder", bucket.Options{URL: "file://srv/documents"}, "file:///folder"},
		{"no bucket", bucket.Options{URL: "s3://?region=x"}, "name a bucket"},
		{"an object", bucket.Options{URL: "s3://documents/a.pdf"}, "name a bucket"},
		{"a bucket with capitals", bucket.Options{URL: "s3://Documents"}, "name a bucket"},
		{"credentials", bucket.Options{URL: "s3://SINOV:SINOV@documents"}, "no credentials"},
		{"credentials in the endpoint", bucket.Options{URL: "s3://documents?endpoint=https://SINOV:SINOV@s3.example"}, "no user"},
		{"an unknown setting", bucket.Options{URL: s3 + "&SINOV=1"}, "only"},
		{"a setting twice", bucket.Options{URL: s3 + "&region=a&region=b"}, "more than once"},
		{"path style of no kind", bucket.Options{URL: s3 + "&use_path_style=SINOV"}, "true or false"},
		{"a prefix that climbs", bucket.Options{URL: s3 + "&prefix=../SINOV"}, "prefix"},
		{"a hidden prefix", bucket.Options{URL: s3 + "&prefix=a/.SINOV"}, "prefix"},
		{"S3 without TLS", bucket.Options{URL: "s3://documents?endpoint=http://SINOV.example"}, "must be https"},
		{"half of the credentials", bucket.Options{URL: s3, AccessKey: "SINOV"}, "both"},
		{"not an address", bucket.Options{URL: "s3://%zz SINOV"}, "must be an address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.o.Check()
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "SINOV") {
				t.Errorf("got %v, want %q and nothing repeated", err, c.want)
			}
			c.o.Vault = keys(t)
			if _, err := bucket.Open(t.Context(), c.o); faultOf(t, err).Kind != fault.Misconfigured {
				t.Error(err)
			}
		})
	}
}

// The SDK's environment is asked for credentials when none are configured.
func TestEnvironment(t *testing.T) {
	url, _ := s3Store(t)
	o := s3Options(t, url)
	o.AccessKey, o.SecretKey = "", ""
	none := t.TempDir() + "/none"
	for k, v := range map[string]string{
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "",
	} {
		t.Setenv(k, v)
	}
	err := open(t, o).Probe(t.Context())
	if f := faultOf(t, err); f.Kind != fault.Misconfigured || f.Code != "no_credentials" || f.Hint == "" {
		t.Errorf("without credentials: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "made-up-id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "made-up-secret")
	if err := open(t, o).Probe(t.Context()); err != nil {
		t.Error(err)
	}
	o.URL = "s3://documents"
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	if _, err := bucket.Open(t.Context(), o); faultOf(t, err).Kind != fault.Misconfigured {
		t.Errorf("without a region: %v", err)
	}
}
