/** Metrics as text: what Prometheus reads from a server, and node_exporter's textfile collector from a file. Source: Prometheus, "Exposition formats", text-based format 0.0.4. */
import type { MetricFamily, MetricSample } from './metric.ts';

/** Families as text, each with what it means; one without samples is left out. */
export function formatMetrics(families: readonly MetricFamily[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(formatFamily)
    .join('');
}

function formatFamily({ name, type, help, samples }: MetricFamily): string {
  const head = `# HELP ${name} ${escape(help, HELP)}\n# TYPE ${name} ${type}\n`;
  return `${head}${samples.map((sample) => `${name}${formatLabels(sample)} ${formatValue(sample.value)}\n`).join('')}`;
}

function formatLabels({ labels }: MetricSample): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value, VALUE)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** As Go's ParseFloat reads it, which knows neither `Infinity` nor other words of JavaScript. */
function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** What ends a help text, and what ends the value of a label. */
const HELP = /[\\\n]/g;
const VALUE = /[\\\n"]/g;

function escape(text: string, signs: RegExp): string {
  return text.replaceAll(signs, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}
