package eskiz

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/serve"
)

// mislabelled prints a local time with the Z of UTC, as the real lists do.
func mislabelled(t time.Time) string {
	return t.In(civil.Tashkent).Format("2006-01-02T15:04:05.000000Z")
}

// known reports that status and list know the message already.
func (s *Server) known(m *sms) bool { return !s.o.Now().Before(m.at.Add(s.o.ListLag)) }

// item is a message as status and list answers show it; parts differ in the two.
func (s *Server) item(m *sms, part func(index int, word string, at time.Time) map[string]any) map[string]any {
	word, since := m.word(s.o.Now())
	encoding := 0
	if m.encoding == inbox.UCS2 {
		encoding = 8
	}
	parts := map[string]any{}
	for i := range m.parts {
		parts[strconv.Itoa(m.id)+"-"+strconv.Itoa(i)] = part(i, partWord(word), since)
	}
	out := map[string]any{
		"id": m.id, "user_id": 378, "country_id": nil, "connection_id": 1, "smsc_id": 1, "dispatch_id": orNull(m.dispatch),
		"user_sms_id": orNull(m.userID), "request_id": m.request, "price": price, "is_ad": false, "nick": m.from, "to": string(m.to),
		"message": m.text, "encoding": encoding, "parts_count": m.parts, "parts": parts, "status": messageWord(word), "smsc_data": map[string]any{},
		"sent_at": mislabelled(m.at), "submit_sm_resp_at": nil, "delivery_sm_at": nil, "created_at": mislabelled(m.at), "updated_at": mislabelled(since),
	}
	if word != "NEW" {
		out["submit_sm_resp_at"] = mislabelled(m.at)
	}
	if messageWord(word) == "DELIVERED" {
		out["delivery_sm_at"] = mislabelled(since)
	}
	return out
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := r.PathValue("id")
	for _, m := range s.sent {
		if !s.known(m) || asked != m.request && asked != strconv.Itoa(m.id) {
			continue
		}
		data := s.item(m, func(i int, word string, at time.Time) map[string]any {
			zoned := at.In(civil.Tashkent).Format(time.RFC3339)
			return map[string]any{"part_index": i, "accepted": true, "accept_status": 0, "accept_time": zoned, "dlr_state": word, "dlr_time": zoned, "group": 1}
		})
		data["total_price"] = price * m.parts
		serve.JSON(w, http.StatusOK, map[string]any{"status": "success", "data": data, "id": nil})
		return
	}
	s.refuse(w, http.StatusNotFound, notFound)
}

const minute = "2006-01-02 15:04"

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	in, ok := fields(r)
	end := in["to_date"]
	if end == "" {
		end = in["end_date"]
	}
	from, err1 := time.ParseInLocation(minute, in["start_date"], civil.Tashkent)
	until, err2 := time.ParseInLocation(minute, end, civil.Tashkent)
	if !ok || err1 != nil || err2 != nil {
		s.invalid(w, "start_date", "start_date and to_date must be YYYY-MM-DD HH:MM")
		return
	}
	size, page := bounded(in["page_size"], 20, 200), bounded(r.URL.Query().Get("page"), 1, 1<<30)
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*sms
	for _, m := range slices.Backward(s.sent) { // newest first
		word, _ := m.word(s.o.Now())
		if s.known(m) && !m.at.Before(from) && !m.at.After(until) && wanted(r.URL.Query().Get("status"), messageWord(word)) {
			found = append(found, m)
		}
	}
	result := []map[string]any{}
	for _, m := range found[min(len(found), (page-1)*size):min(len(found), page*size)] {
		result = append(result, s.item(m, func(_ int, word string, at time.Time) map[string]any {
			zoned := at.In(civil.Tashkent).Format(time.RFC3339)
			return map[string]any{"accept": zoned, "status": word, "submit": 0, "delivery": zoned}
		}))
	}
	serve.JSON(w, http.StatusOK, map[string]any{"status": "success", "data": paged(s.URL()+PathList, page, size, len(found), result)})
}

// wanted is the filter of lists by outcome.
func wanted(filter, word string) bool {
	switch filter {
	case "delivered":
		return word == "DELIVERED" || word == "PARTDELIVERED"
	case "rejected":
		return word == "REJECTED"
	}
	return true
}

func bounded(s string, least, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return least
	}
	return max(least, min(n, most))
}

func paged(path string, page, size, total int, result []map[string]any) map[string]any {
	last := max(1, (total+size-1)/size)
	url := func(n int) any {
		if n < 1 || n > last {
			return nil
		}
		return path + "?page=" + strconv.Itoa(n)
	}
	first := min(total, (page-1)*size+1)
	return map[string]any{
		"current_page": page, "path": path, "prev_page_url": url(page - 1), "first_page_url": url(1), "last_page_url": url(last), "next_page_url": url(page + 1),
		"per_page": size, "last_page": last, "from": first, "to": first + max(0, len(result)-1), "total": total, "result": result,
		"links": []map[string]any{{"url": url(page), "label": strconv.Itoa(page), "active": true}},
	}
}

func (s *Server) account(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	role := "user"
	if s.o.TestAccount {
		role = "test"
	}
	serve.JSON(w, http.StatusOK, map[string]any{"status": "success", "id": nil, "data": map[string]any{
		"id": 378, "name": "Sinov", "email": s.o.Email, "password": "", "role": role, "status": "active", "is_vip": false, "balance": s.balance,
		"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
	}})
}

func (s *Server) limit(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	serve.JSON(w, http.StatusOK, map[string]any{"status": "success", "data": map[string]any{"balance": s.balance}})
}
