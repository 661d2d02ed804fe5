/** What is wrong with the text of a wish file, as the editor shows it. */
import type { Problem } from '../../../errors.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { readOne } from '../../../wish-files/read-texts.ts';

/** What can be said of it without any host; nothing where nothing is written yet. */
export function writtenProblems(text: Parameters<typeof readOne>[0]): readonly Problem[] {
  if (text.text.trim() === '') return [];
  const read = readOne(text);
  return 'slots' in read ? [] : read;
}

/** What the host has against it, as far as that has a place in it. */
export function placedProblems({ problems }: Pick<ProblemDetails, 'problems'>): readonly Problem[] {
  return problems.flatMap(({ code, severity, subject, message, hint, location }): Problem[] => {
    if (location === null) return [];
    const { file, ...place } = location;
    return [
      {
        // A newer server may have others: they are only shown.
        ...{ code: code as Problem['code'], severity, message, location: file === null ? place : { file, ...place } },
        ...(subject === null ? {} : { subject }),
        ...(hint === null ? {} : { hint }),
      },
    ];
  });
}
