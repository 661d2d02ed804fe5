/** The line above everything: which host, how it is, where one can go, whether what is shown is live. */
import { type ReactNode, useState } from 'react';
import { usePage } from '../context.ts';
import { formatPlace, START, VIEWS, type View } from '../place/place.ts';
import { clock, readyWords } from './notices.ts';
import { chosenTheme, chooseTheme, THEMES, type Theme } from './theme.ts';

const NAMES: Readonly<Record<View, string>> = { host: 'Host', guests: 'Guests', activity: 'Activity', fleet: 'Fleet', planner: 'Planner' };

export function Header(): ReactNode {
  const { state, place, go, frame } = usePage();
  return (
    <header className="top">
      <div className="top-host">
        <h1>{state.host.name}</h1>
        <button
          type="button"
          className="link"
          aria-expanded={place.open === 'readiness'}
          onClick={() => go({ view: 'host', flow: null, open: place.open === 'readiness' ? null : 'readiness' })}
        >
          {readyWords(state.host.readiness)}
        </button>
        <LinkMark />
      </div>
      <nav aria-label="Views">
        {VIEWS.map((view) => (
          <a key={view} href={formatPlace({ ...START, view })} aria-current={place.view === view ? 'page' : undefined}>
            {NAMES[view]}
            {view === 'activity' && state.operations.some((each) => each.ended === null) ? <span className="running"> (running)</span> : null}
          </a>
        ))}
      </nav>
      {frame === 'cockpit' ? null : <ThemeChoice />}
    </header>
  );
}

function ThemeChoice(): ReactNode {
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (next: Theme): void => {
    setTheme(next);
    chooseTheme(next);
  };
  return (
    <label className="theme">
      <span className="visually-hidden">Colours</span>
      <select value={theme} onChange={(event) => choose(THEMES.find((each) => each === event.target.value) ?? 'system')}>
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {each === 'system' ? 'system colours' : each}
          </option>
        ))}
      </select>
    </label>
  );
}

function LinkMark(): ReactNode {
  const { link, time } = usePage().known;
  const isLive = link.is === 'live';
  const words = isLive ? 'live' : time === null ? 'not connected' : `state of ${clock(time)}`;
  return (
    <span className={isLive ? 'link-mark live' : 'link-mark lost'} title={time === null ? undefined : `last heard ${clock(time)}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {isLive ? <circle cx="6" cy="6" r="5" /> : <path d="M2 2 10 10M10 2 2 10" />}
      </svg>
      {words}
    </span>
  );
}
