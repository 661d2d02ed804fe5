/** The whole page: signs in, follows the host, shows the view of the place. */
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { Wish } from '../../server/api/wishes.ts';
import { ActivityView } from './activity/activity-view.tsx';
import type { Api } from './connection/api.ts';
import { follow, signOut } from './connection/follow.ts';
import { detailsOf } from './connection/refusal.ts';
import { createStore } from './connection/store.ts';
import { type Frame, type Page, PageContext } from './context.ts';
import { FlowView } from './flow/flow-view.tsx';
import { GuestsView } from './guests/guests-view.tsx';
import { HostView } from './host/host-view.tsx';
import { usePlace } from './place/use-place.ts';
import { Header } from './shell/header.tsx';
import { NoticeBar } from './shell/notice-bar.tsx';
import { Skeleton } from './shell/skeleton.tsx';
import { lostWords } from './shell/notices.ts';
import { chosenTheme, followThemeOfCockpit, showTheme } from './shell/theme.ts';
import { SignIn } from './sign-in/sign-in.tsx';
import { onToken } from './sign-in/token.ts';
import './app.css';

const FleetView = lazy(() => import('./fleet/fleet-view.tsx'));
const PlannerView = lazy(() => import('./planner-view.tsx'));

interface AppProps {
  readonly api: Api;
  readonly frame: Frame;
  readonly token: string | null;
}

export function App({ api, frame, token }: AppProps): ReactNode {
  const store = useMemo(createStore, []);
  const known = useSyncExternalStore(store.subscribe, store.get);
  const navigation = usePlace();
  const [session, setSession] = useState(0);
  const unused = useRef(token);
  useEffect(() => {
    if (frame === 'cockpit') return followThemeOfCockpit();
    showTheme(chosenTheme());
    return undefined;
  }, [frame]);
  useEffect(() => {
    const end = new AbortController();
    // Whatever asked for something: no page is of use to somebody whom the server does not know.
    const forget = api.onSignedOut((why) => {
      end.abort();
      signOut(store, why);
    });
    const begin = async (): Promise<void> => {
      // A token is good for one exchange: React may run this twice.
      const given = unused.current;
      unused.current = null;
      try {
        // A link that was opened before is no reason to send somebody away who is signed in.
        await (given === null ? api.session() : api.signIn({ token: given }).catch((refused: unknown) => api.session().catch(() => Promise.reject(refused))));
      } catch (error) {
        const why = detailsOf(error);
        if (why.status === 401 || why.status === 403) return signOut(store, why);
      }
      await follow(api, store, { signal: end.signal, onAwake });
    };
    void begin();
    return () => {
      forget();
      end.abort();
    };
  }, [api, store, session]);
  const beginAnew = useCallback(() => {
    store.set({ ...store.get(), link: { is: 'loading' } });
    setSession((count) => count + 1);
  }, [store]);
  useEffect(
    () =>
      onToken((given) => {
        unused.current = given;
        beginAnew();
      }),
    [beginAnew],
  );
  const { go } = navigation;
  const begin = useCallback((wish: Partial<Wish> & Pick<Wish, 'verb'>) => go({ flow: { step: 'choose', wish: JSON.stringify(wish) } }), [go]);
  const { state, link } = known;
  const page = useMemo<Page | null>(
    () => (state === null ? null : { ...navigation, api, frame, known, state, begin }),
    [navigation, api, frame, known, state, begin],
  );
  if (link.is === 'signed out') return <SignIn api={api} why={link.why} onSession={beginAnew} />;
  if (page === null) {
    return (
      <main>
        <h1 className="visually-hidden">hostdev</h1>
        {link.is === 'lost' ? <p role="alert">Nothing to show yet: {lostWords(link)}. It is tried again.</p> : <Skeleton what="the host" />}
      </main>
    );
  }
  return (
    <PageContext value={page}>
      <title>{`${page.state.host.name} · hostdev`}</title>
      <Header />
      <NoticeBar />
      <main>
        <CurrentView page={page} />
      </main>
      <p className="visually-hidden" role="status">
        {known.said}
      </p>
    </PageContext>
  );
}

function CurrentView({ page: { place } }: { readonly page: Page }): ReactNode {
  if (place.flow !== null) return <FlowView flow={place.flow} />;
  switch (place.view) {
    case 'host':
      return <HostView />;
    case 'guests':
      return <GuestsView />;
    case 'activity':
      return <ActivityView />;
    case 'fleet':
      return (
        <Suspense fallback={<Skeleton what="the fleet" />}>
          <FleetView />
        </Suspense>
      );
    case 'planner':
      return (
        <Suspense fallback={<Skeleton what="the planner" />}>
          <PlannerView />
        </Suspense>
      );
  }
}

/** The network is there again, or somebody comes back to the tab: nobody wants to wait then. */
function onAwake(notify: () => void): () => void {
  const look = (): void => {
    if (!document.hidden) notify();
  };
  globalThis.addEventListener('online', notify);
  document.addEventListener('visibilitychange', look);
  return () => {
    globalThis.removeEventListener('online', notify);
    document.removeEventListener('visibilitychange', look);
  };
}
