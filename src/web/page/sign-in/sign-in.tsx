/** Signing in where the session has ended, or none has begun. */
import { type FormEvent, type ReactNode, useState } from 'react';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import type { Api } from '../connection/api.ts';
import { detailsOf } from '../connection/refusal.ts';
import { RefusalBox } from '../shell/refusal-box.tsx';

interface SignInProps {
  readonly api: Api;
  readonly why: ProblemDetails;
  readonly onSession: () => void;
}

export function SignIn({ api, why, onSession }: SignInProps): ReactNode {
  const [secret, setSecret] = useState('');
  const [refusal, setRefusal] = useState(why);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    // A link has its token behind #token=; whatever else is typed is a password.
    const token = /#token=([^&\s]+)/.exec(secret)?.[1];
    try {
      await api.signIn(token === undefined ? { password: secret } : { token });
      onSession();
    } catch (error) {
      setRefusal(detailsOf(error));
    }
  };
  return (
    <main className="sign-in">
      <h1>hostdev</h1>
      <p>
        You are not signed in here. <code>hostdev ui</code> prints a link that works once.
      </p>
      <RefusalBox details={refusal} />
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="secret">Link, or the password of this server</label>
        <input id="secret" type="password" autoComplete="current-password" required value={secret} onChange={(event) => setSecret(event.target.value)} />
        <button className="primary" type="submit">
          Sign in
        </button>
      </form>
    </main>
  );
}
