package embedded_test

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/pipelines/queue"
	"github.com/saylovhub/hub/pipelines/queue/embedded"
	"github.com/saylovhub/hub/pipelines/queue/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTransport(t *testing.T) {
	t.Parallel()
	transporttest.Run(t, func(*testing.T) queue.Transport { return embedded.New(slog.New(slog.DiscardHandler)) })
}
