/** The host: what happens there when the guest starts, and which functions it has. */
import type { ReactNode } from 'react';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import type { StartOfFunction } from '../../../plan/at-start.ts';
import { formatStep } from '../../../plan/step.ts';
import { missingCompanions, verdictWords } from '../../../state/companions.ts';
import type { ListedFunction } from '../../../state/listed-function.ts';
import type { Look } from '../model/look.ts';
import type { PlannerHost } from '../model/planner-host.ts';
import '../../design/stacked.css';
import './host-functions.css';

interface HostFunctionsProps {
  /** undefined of a wish. */
  readonly look: Look | undefined;
  readonly host: PlannerHost;
  /** Puts a function into the definition. */
  readonly onAttach: (address: string) => void;
}

export function HostFunctions({ look, host, onAttach }: HostFunctionsProps): ReactNode {
  const { judgments, functions } = host;
  if (judgments.length === 0) {
    return (
      <p>
        No host is known, so nothing is said of what it would lose. Make a snapshot there with <code>hostdev snapshot &gt; host.json</code> and drop it here, or
        choose an example.
      </p>
    );
  }
  const taken = new Set(look?.start.map(({ address }) => address));
  return (
    <>
      {look === undefined ? null : (
        <>
          <h2>When the guest starts</h2>
          {look.start.length === 0 ? <p>The definition has no function of this host.</p> : look.start.map((each) => <Start key={each.address} {...each} />)}
        </>
      )}
      <h2>Functions of {host.name}</h2>
      <div>
        <table className="stacked">
          <caption className="visually-hidden">Functions of the host</caption>
          <thead>
            <tr>
              {['Function', 'What', 'Driver', 'Group', 'Verdict', ''].map((title) => (
                <th key={title} scope="col">
                  {title === '' ? <span className="visually-hidden">Attach</span> : title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {functions.map((each) => (
              <FunctionRow key={each.address} {...each}>
                {taken.has(each.address) ? (
                  'in the definition'
                ) : each.verdict === 'not assignable' || look === undefined ? null : (
                  <button type="button" aria-label={`Add ${each.address} to the definition`} onClick={() => onAttach(each.address)}>
                    Add
                  </button>
                )}
              </FunctionRow>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function FunctionRow({ children, ...row }: ListedFunction & { readonly children: ReactNode }): ReactNode {
  const { address, classWord, kernelNames, driver, iommuGroup, fid, pchid, port, verdict, evidence, companions } = row;
  return (
    <tr>
      <th scope="row" className="mono">
        {address}
        {fid === null ? null : <div className="faint">fid {fid}</div>}
      </th>
      <td data-label="What">
        {[classWord, ...kernelNames].join(' ')}
        {pchid === null ? null : (
          <div className="faint">
            PCHID {pchid}
            {port === null ? '' : ` port ${port}`}
          </div>
        )}
      </td>
      <td data-label="Driver">{driver ?? '–'}</td>
      <td data-label="Group">
        {iommuGroup ?? '–'}
        {companions.length === 0 ? null : <span className="faint"> with {companions.map((each) => each.address).join(', ')}</span>}
      </td>
      <td data-label="Verdict">
        <VerdictMark mark={verdict} />
        {evidence.map((chain) => (
          <div key={chain} className="chain">
            {chain}
          </div>
        ))}
      </td>
      <td>{children}</td>
    </tr>
  );
}

function Start({ address, judgment, managed, refusals, steps, undo }: StartOfFunction): ReactNode {
  const words = judgment === undefined ? '' : verdictWords(judgment, missingCompanions(judgment, [judgment.device.address]));
  return (
    <section className="start" aria-label={address}>
      <h3>
        <span className="mono">{address}</span> {judgment === undefined ? 'is not there' : <VerdictMark mark={judgment.verdict} />}
      </h3>
      {judgment === undefined || words === judgment.verdict ? null : <p>{words}</p>}
      {refusals.map(({ code, message, hint }) => (
        <p key={code}>
          {message} <code className="faint">[{code}]</code> {hint === undefined ? null : <span className="faint">{hint}</span>}
        </p>
      ))}
      {judgment === undefined ? null : <Steps steps={steps.map(formatStep)} undo={undo.map(formatStep)} managed={managed} />}
    </section>
  );
}

function Steps({ steps, undo, managed }: { readonly steps: readonly string[]; readonly undo: readonly string[]; readonly managed: boolean }): ReactNode {
  if (steps.length === 0) return <p>It is with vfio already: nothing is done on the host.</p>;
  return (
    <>
      <p className="faint">{managed ? 'managed: libvirt does this itself' : 'not managed: done before the start, by hostdev prepare'}</p>
      <ol className="mono host-steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <details>
        <summary>What undoes it</summary>
        <ol className="mono host-steps">
          {undo.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </details>
    </>
  );
}
