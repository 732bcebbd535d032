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
// dots as underscores (HUB_PORTAL_TOKEN_URL). Maps are set in the file only.
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
			key := strings.ToUpper(v.Type().Field(i).Tag.Get("yaml"))
			if err := override(v.Field(i), name+"_"+key, lookup); err != nil {
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
	case reflect.Int:
		var n int64
		if n, err = strconv.ParseInt(text, 10, 64); err == nil {
			v.SetInt(n)
		}
	case reflect.Uint64:
		var n uint64
		if n, err = strconv.ParseUint(text, 10, 64); err == nil {
			v.SetUint(n)
		}
	case reflect.Bool:
		var b bool
		if b, err = strconv.ParseBool(text); err == nil {
			v.SetBool(b)
		}
	default:
		return fmt.Errorf("%s: set this key in the file", name)
	}
	if err != nil {
		return fmt.Errorf("%s: want a %s", name, v.Kind())
	}
	return nil
}
