import type { ReactNode } from 'react';
import { usePage } from '../context.ts';
import type { Act } from './function-acts.ts';

export function ActBar({ acts }: { readonly acts: readonly Act[] }): ReactNode {
  const { begin } = usePage();
  return (
    <div className="actions">
      {acts.map(({ words, wish }, at) => (
        <button key={words} type="button" className={at === 0 ? 'primary' : undefined} onClick={() => begin(wish)}>
          {words}
        </button>
      ))}
    </div>
  );
}
