package oneid

import (
	"net/http"
	"time"
)

// What this file holds is our proposal: the live service has not published it.

// Words of refusals. CLIENT_SECRET_NOT_FOUND was seen on the live service with
// its message; the others follow its pattern.
var refusals = map[string]string{
	errSecret:      "ClientSecretException",
	errClient:      "ClientIdException",
	errRedirect:    "RedirectUriException",
	errScope:       "ScopeException",
	errCode:        "AuthorizationCodeException",
	errGrant:       "GrantTypeException",
	errResponse:    "ResponseTypeException",
	errForm:        "ContentTypeException",
	errTooMany:     "TooManyRequestsException",
	errInternal:    "InternalServerException",
	errUnavailable: "ServiceUnavailableException",
}

const (
	errSecret      = "CLIENT_SECRET_NOT_FOUND"
	errClient      = "CLIENT_ID_NOT_FOUND"
	errRedirect    = "REDIRECT_URI_NOT_FOUND"
	errScope       = "SCOPE_NOT_FOUND"
	errCode        = "AUTHORIZATION_CODE_NOT_FOUND"
	errGrant       = "GRANT_TYPE_NOT_FOUND"
	errResponse    = "RESPONSE_TYPE_NOT_FOUND"
	errForm        = "CONTENT_TYPE_NOT_SUPPORTED"
	errTooMany     = "TOO_MANY_REQUESTS"
	errInternal    = "INTERNAL_SERVER_ERROR"
	errUnavailable = "SERVICE_UNAVAILABLE"
)

// noPath is what stands in place of a word where nothing is served: the live
// refusals have the keys of a widespread framework's error body, whose text for
// a 404 it is.
const noPath = "Not Found"

// wordOf is the word of a status where a fault names none.
func wordOf(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return errTooMany
	case status == http.StatusServiceUnavailable:
		return errUnavailable
	case status >= http.StatusInternalServerError:
		return errInternal
	}
	return errSecret
}

// limitWindow is what "300 a minute" counts in, from the first request on. That
// only a client's POSTs count, not the browsers' way to the sign-in page, is
// assumed like the answer: 429 with Retry-After in seconds.
const limitWindow = time.Minute

// genericScopes are taken besides the client's own.
var genericScopes = []string{"user_info", "legal_info"}

// refusedToken is the answer about a token that is not in force: that it is
// told by ret_cd with status 200 is assumed.
const refusedToken = "1"

// separators between several methods in auth_methods: only one method has been
// seen in use.
const separators = ", "
