/** The query of a request of the fleet: what is empty is left out. */
export function queryOf(words: Readonly<Record<string, string>>, after: string | null): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...words, after: after ?? '' })) if (value.trim() !== '') query.append(name, value.trim());
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
