/** Functions of the host, as `list`, `show`, `check` and `xml` give them. */
import type { CheckReport } from '../../app/check.ts';
import type { HostdevElement } from '../../app/element.ts';
import type { ListedFunction } from '../../state/listed-function.ts';
import type { FunctionDetails } from '../../state/function-details.ts';
import type { Readiness } from '../../state/readiness/finding.ts';
import type { CompanionReport } from '../../state/verdict-report.ts';
import { jsonProblem } from '../contract/envelope.ts';
import type { Of } from '../contract/shape.ts';
import type { verdict, COMPANION, LISTED, SHOWN, CHECKED, ELEMENT } from '../contract/functions.ts';

function companion({ address, class: className, ...rest }: CompanionReport): Of<typeof COMPANION> {
  return { hostAddress: address, className, ...rest };
}

export function listed({ address, companions: mates, why, kernelNames, ...rest }: ListedFunction): Of<typeof LISTED> {
  return { hostAddress: address, ...rest, why: [...why], kernelNames: [...kernelNames], companions: mates.map(companion) };
}

export function shown({ address, companions: mates, verdict: found, ...rest }: FunctionDetails): Of<typeof SHOWN> {
  return { hostAddress: address, ...rest, verdict: found as Of<typeof verdict>, companions: mates.map(companion) };
}

export function judged({ address, companions: mates, notes, problems, ...rest }: CheckReport): Of<typeof CHECKED> {
  return { kind: 'function', hostAddress: address, ...rest, companions: mates.map(companion), notes: [...notes], problems: problems.map(jsonProblem) };
}

export function ready(found: Readiness): Of<typeof CHECKED> {
  return { kind: 'readiness', ...found };
}

export function element({ address, xml }: HostdevElement): Of<typeof ELEMENT> {
  return { kind: 'element', hostAddress: address, xml };
}
