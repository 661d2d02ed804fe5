/** One guest whole: what runs beside what is defined, places that are free, what is in the way of a migration. */
import { type ReactNode, useState } from 'react';
import { usePage } from '../context.ts';
import type { GuestDetails } from '../connection/api.ts';
import { ActBar } from '../host/act-bar.tsx';
import { formatPlace, START } from '../place/place.ts';
import { CardTable } from '../shell/card-table.tsx';
import { CopyButton } from '../../design/copy-button.tsx';
import { useLoaded } from '../shell/loaded.ts';
import { ProblemList, RefusalBox } from '../shell/refusal-box.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import { type Compared, compareParts } from './compare.ts';
import { autostartWords, migrationWords, placeWords, portsWords } from './guest-words.ts';

export function GuestView({ name }: { readonly name: string }): ReactNode {
  const { api, state } = usePage();
  const guest = state.guests.find((each) => each.guest === name);
  const loaded = useLoaded(name, guest, () => api.guest(name));
  return (
    <>
      <p>
        <a href={formatPlace({ ...START, view: 'guests' })}>All guests</a>
      </p>
      <h2>
        {name} <span className="faint">{guest?.state ?? 'not defined any more'}</span>
      </h2>
      {loaded.is === 'loading' ? <Skeleton what={name} /> : null}
      {loaded.is === 'refused' ? <RefusalBox details={loaded.details} /> : null}
      {loaded.is === 'there' ? <Details details={loaded.value} /> : null}
    </>
  );
}

/** Enough for most: a function, and one more. */
const MORE_PORTS = 2;

function Details({ details }: { readonly details: GuestDetails }): ReactNode {
  const { begin } = usePage();
  const { guest, live, config, migration, ports } = details;
  const devices = compareParts(details);
  const different = devices.filter(({ differs }) => differs);
  const [shown, setShown] = useState<'functions' | 'all' | 'differences'>('functions');
  const rows = { functions: devices.filter(({ hostAddress }) => hostAddress !== null), all: devices, differences: different }[shown];
  const functions = guest.functions.map(({ hostAddress }) => hostAddress);
  return (
    <>
      <ActBar
        acts={[
          { words: 'Give it a function…', wish: { verb: 'attach', guest: guest.guest } },
          ...(functions.length === 0 ? [] : [{ words: 'Take back…', wish: { verb: 'detach', guest: guest.guest, functions } } as const]),
          { words: 'Give it one of a pool…', wish: { verb: 'attach from pool', guest: guest.guest } },
        ]}
      />
      <ProblemList problems={guest.problems} />
      <dl className="facts">
        <dt>hot-plug places free</dt>
        <dd>
          {portsWords(details)} {/* Where every slot takes devices while the guest runs, there are no ports to add. */}
          {config === null || ports === null || ports.conventional === null ? null : (
            <button type="button" onClick={() => begin({ verb: 'ports add', guest: guest.guest, count: MORE_PORTS })}>
              Add…
            </button>
          )}
        </dd>
        <dt>migration</dt>
        <dd>
          {migrationWords(details)}
          {migration === null || migration.findings.length === 0 ? null : (
            <ul className="chains">
              {migration.findings.map(({ device, effect, reason, remedy }) => (
                <li key={`${device} ${reason}`}>
                  <span className="mono">{device}</span> {effect}: {reason}
                  {remedy === null ? null : <span className="faint"> — {remedy}</span>}
                </li>
              ))}
            </ul>
          )}
        </dd>
        <dt>autostart</dt>
        <dd>{autostartWords(guest)}</dd>
        <dt>uuid</dt>
        <dd className="mono">{guest.uuid}</dd>
      </dl>
      <fieldset className="layouts">
        <legend className="visually-hidden">Which devices</legend>
        {(['functions', 'all', 'differences'] as const).map((each) => (
          <button key={each} type="button" aria-pressed={shown === each} onClick={() => setShown(each)}>
            {{ functions: 'Functions of the host', all: 'All devices', differences: `Differences (${different.length})` }[each]}
          </button>
        ))}
      </fieldset>
      {rows.length === 0 ? (
        <p className="faint">{shown === 'differences' ? 'What runs is what is defined.' : 'None.'}</p>
      ) : (
        <CardTable
          caption="Devices, as it runs and as it is defined"
          columns={['Device', ...(live === null ? [] : ['Runs now']), ...(config === null ? [] : ['Definition']), 'Difference']}
          rows={rows.map((device) => ({ key: device.key, cells: cellsOf(device, details) }))}
        />
      )}
      <Texts details={details} />
    </>
  );
}

function cellsOf(device: Compared, { live, config }: GuestDetails): readonly ReactNode[] {
  const { hostAddress, name, kind, differs } = device;
  const place = (at: Compared['live']): ReactNode => (
    <span className="mono">
      {placeWords(at)}
      {at?.guestName ? <span className="faint"> the guest says {at.guestName}</span> : null}
    </span>
  );
  return [
    hostAddress === null ? (
      <span key="device">
        {name} <span className="faint">{name.includes(kind) ? '' : kind}</span>
      </span>
    ) : (
      <a key="device" className="mono" href={formatPlace({ ...START, open: hostAddress })}>
        {hostAddress}
      </a>
    ),
    ...(live === null ? [] : [place(device.live)]),
    ...(config === null ? [] : [place(device.config)]),
    differs ? (
      <strong>{device.live === null ? 'comes at the next start' : device.config === null ? 'goes at the next start' : 'moves at the next start'}</strong>
    ) : null,
  ];
}

function Texts({ details: { live, config } }: { readonly details: GuestDetails }): ReactNode {
  return (
    <>
      {(
        [
          ['As it runs', live],
          ['Definition', config],
        ] as const
      ).map(([title, part]) =>
        part === null ? null : (
          <details key={title}>
            <summary>{title}: XML</summary>
            <CopyButton text={part.xml} label="Copy XML" />
            <pre className="scroll code" tabIndex={0} aria-label={`${title}: XML`}>
              {part.xml}
            </pre>
          </details>
        ),
      )}
    </>
  );
}
