/** What a step does, to the letter. */
import type { PlanChange } from '../../../server/api/plan.ts';

export type ShownStep = PlanChange['steps'][number]['step'];

/** @example stepWrites({ kind: 'write', path: '/sys/bus/pci/drivers_probe', text: '0002:00:00.0', why: '' }) → '0002:00:00.0 > /sys/bus/pci/drivers_probe' */
export function stepWrites(step: ShownStep): string {
  switch (step.kind) {
    case 'write':
      return `${step.text.trim() === '' ? "''" : step.text.trim()} > ${step.path}`;
    case 'file':
      return step.text === null ? `rm ${step.path}` : `${step.path}:\n${step.text}`;
    case 'run':
      return [step.program, ...step.args].join(' ');
    case 'load':
      return `modprobe ${step.module}`;
    case 'link up':
      return `link of ${step.hostAddress} up`;
    case 'attach':
      return `${step.on}: attach\n${step.text}`;
    case 'detach':
      return `${step.on}: detach ${step.device}`;
    case 'move':
      return `${step.hostAddress}: ${step.from ?? 'no driver'} → ${step.to ?? 'whichever driver wants it'}`;
    case 'network':
      return `${step.action} network ${step.network}${step.text === null ? '' : `\n${step.text}`}`;
    case 'ports':
      return `${step.count} root ports more in ${step.guest}`;
  }
}
