/**
 * A table that is asked with words that somebody else wrote: models of a definition, drivers of a kernel, codes of an error. It has what is written
 * in it and nothing else, where an object would also have `constructor`, `toString` and `__proto__`.
 */
export function wordTable<Row>(rows: Readonly<Record<string, Row>>): Readonly<Record<string, Row>> {
  return Object.assign(Object.create(null) as Record<string, Row>, rows);
}
