// Package nation makes up a whole country's election directory from a seed, as
// the CSV files that are imported: fourteen regions with their real SOATO, the
// districts and cities in them (their names and SOATO made up), the ladder of
// commissions with their officials, parties with branches, councils, hokimiyats,
// media and mahallas with their heads, constituencies and precincts of one
// general election. The same seed, day and scale give the same bytes.
//
// Its people are ordinary ones of package population: mocks with the same seed
// and election day, and at least Set.People people, know them. TINs begin with
// 3010, a range that nobody has.
package nation
