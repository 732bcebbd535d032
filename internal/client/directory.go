package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// DirectoryChange is what an import did to one list.
type DirectoryChange struct {
	Added     int      `json:"added"`
	Changed   int      `json:"changed"`
	Unchanged int      `json:"unchanged"`
	Missing   int      `json:"missing"`     // in the directory and not in a whole list: they stay
	Names     []string `json:"missing_ids"` // of these, the first
}

// DirectoryWarning is what an import was taken in spite of.
type DirectoryWarning struct {
	Code string `json:"code"`
	ID   string `json:"id"`
	Text string `json:"text"`
}

// DirectoryImport is what an import did, or would do.
type DirectoryImport struct {
	Records  int                        `json:"records"`
	DryRun   bool                       `json:"dry_run"`
	Lists    map[string]DirectoryChange `json:"lists"`
	Warnings []DirectoryWarning         `json:"warnings"`
}

// PutDirectory adds or replaces records, or says what would become of them. whole
// says that the lists which are there are complete.
func (c *Client) PutDirectory(ctx context.Context, in json.RawMessage, dryRun, whole bool) (DirectoryImport, error) {
	q := url.Values{}
	if dryRun {
		q.Set("dry_run", "true")
	}
	if whole {
		q.Set("whole", "true")
	}
	address := "/v1/directory"
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	var out DirectoryImport
	return out, c.do(ctx, http.MethodPost, address, "", in, &out)
}

// ImportDirectory adds or replaces records and returns how many were handed in.
func (c *Client) ImportDirectory(ctx context.Context, in json.RawMessage) (int, error) {
	out, err := c.PutDirectory(ctx, in, false, false)
	return out.Records, err
}

// Directory reads a list of the directory; every page is read. The filter is as
// the contract has it.
func (c *Client) Directory(ctx context.Context, list string, filter map[string]string) ([]map[string]any, error) {
	all := []map[string]any{}
	q := url.Values{"limit": {"500"}}
	for k, v := range filter {
		if v != "" {
			q.Set(k, v)
		}
	}
	for {
		var page struct {
			Records []map[string]any `json:"records"`
			Next    string           `json:"next"`
		}
		if err := c.do(ctx, http.MethodGet, "/v1/directory/"+url.PathEscape(list)+"?"+q.Encode(), "", nil, &page); err != nil {
			return all, err
		}
		if all = append(all, page.Records...); page.Next == "" {
			return all, nil
		}
		q.Set("cursor", page.Next)
	}
}
