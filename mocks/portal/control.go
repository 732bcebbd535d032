package portal

import (
	"net/http"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// Card is what a demo client must know of a story to act for the person.
type Card struct {
	Story           string            `json:"story"`
	Text            string            `json:"text"`
	PINFL           personal.PINFL    `json:"pinfl"`
	Document        personal.Document `json:"document"` // empty where only a birth certificate was issued
	BirthDocument   personal.Document `json:"birth_document"`
	BirthDate       civil.Date        `json:"birth_date"`
	Phone           personal.Phone    `json:"phone"`
	Surname         string            `json:"surname"`
	GivenName       string            `json:"given_name"`
	Patronymic      string            `json:"patronymic"`
	Position        string            `json:"position,omitempty"`         // on the signature certificate
	Organisation    string            `json:"organisation,omitempty"`     // whom the certificate represents
	OrganisationTIN string            `json:"organisation_tin,omitempty"` // empty on a natural person's certificate
}

func card(p *population.Person, s population.Story) Card {
	return Card{
		s.Name, s.Text, p.PINFL, p.Document, personal.Document(p.BirthCertificate()), p.BirthDate, p.Phone, p.Surname, p.GivenName, p.Patronymic,
		p.Certificate.Position, p.Certificate.Organisation, p.Certificate.TIN,
	}
}

// control answers GET /_mock/people (all stories) and ?story=NAME (one), and
// DELETE /_mock/tokens.
func (s *Server) control() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_mock/people", func(w http.ResponseWriter, r *http.Request) {
		wanted, all := r.URL.Query().Get("story"), []Card{}
		for _, story := range population.Stories() {
			c := card(s.o.Population.ByStory(story.Name), story)
			if story.Name == wanted {
				serve.JSON(w, http.StatusOK, c)
				return
			}
			all = append(all, c)
		}
		if wanted != "" {
			serve.JSON(w, http.StatusNotFound, map[string]string{"error": "no such story; GET /_mock/people lists them"})
			return
		}
		serve.JSON(w, http.StatusOK, all)
	})
	mux.HandleFunc("DELETE /_mock/tokens", func(w http.ResponseWriter, _ *http.Request) {
		s.ExpireTokens()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
