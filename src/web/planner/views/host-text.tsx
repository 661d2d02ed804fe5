/** A field for what a host printed. */
import { type FormEvent, type ReactNode, useState } from 'react';

export function HostText({ onGive }: { readonly onGive: (text: string) => void }): ReactNode {
  const [text, setText] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onGive(text);
  };
  return (
    <form className="host-text" onSubmit={submit}>
      <label>
        What <code>hostdev snapshot</code> or <code>hostdev list --json</code> printed on the host
        <textarea value={text} rows={6} spellCheck={false} onChange={(event) => setText(event.target.value)} />
      </label>
      <button type="submit" className="primary" disabled={text.trim() === ''}>
        Use this host
      </button>
    </form>
  );
}
