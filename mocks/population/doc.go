// Package population makes up people for the mock systems: registers answer
// about them, the EDS mock signs for them. The same seed, election day and size
// give the same people in every process and on every machine; a larger size
// only adds people at the end. Only what identifies them is made at once, the
// rest of a person when somebody asks for it.
//
// Nobody here exists. PINFLs carry a territory 99x that was never issued,
// passports the series XA, phones begin with 998900 or 99800, organisations
// have TINs 3000000xx. Stories are people with a known fate (see Stories); ages
// in a story hang on the election day. A quarter of the ordinary people have a
// family (see Family), which registers know, but which All does not count.
package population
