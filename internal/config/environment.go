package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/personal"
)

// fromEnvironment overrides scalar keys: HUB_ and the key's path in capitals,
// dots as underscores (HUB_PORTAL_TOKEN_URL), lists with commas. Maps are set in
// the file only.
func fromEnvironment(c *Config, lookup func(string) (string, bool)) error {
	return override(reflect.ValueOf(c).Elem(), "HUB", lookup)
}

func override(v reflect.Value, name string, lookup func(string) (string, bool)) error {
	if s, ok := reflect.TypeAssert[*Secret](v.Addr()); ok {
		if text, ok := lookup(name); ok {
			s.Secret = personal.Secret(text)
		}
		return nil
	}
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			below := name
			if tag != "" { // else its keys are the struct's own
				below += "_" + strings.ToUpper(tag)
			}
			if err := override(v.Field(i), below, lookup); err != nil {
				return err
			}
		}
		return nil
	}
	text, ok := lookup(name)
	if !ok {
		return nil
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		var n int64
		if n, err = strconv.ParseInt(text, 10, 64); err == nil {
			v.SetInt(n)
		}
	case reflect.Uint32, reflect.Uint64:
		var n uint64
		if n, err = strconv.ParseUint(text, 10, 64); err == nil {
			v.SetUint(n)
		}
	case reflect.Float64:
		var f float64
		if f, err = strconv.ParseFloat(text, 64); err == nil {
			v.SetFloat(f)
		}
	case reflect.Bool:
		var b bool
		if b, err = strconv.ParseBool(text); err == nil {
			v.SetBool(b)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.String {
			return fmt.Errorf("%s: set this key in the file", name)
		}
		v.Set(reflect.ValueOf(strings.Split(text, ",")))
	default:
		return fmt.Errorf("%s: set this key in the file", name)
	}
	if err != nil {
		return fmt.Errorf("%s: want a %s", name, v.Kind())
	}
	return nil
}
