/** Problems as SARIF 2.1.0, for editors and CI. Source: OASIS SARIF 2.1.0. */
import { ERROR_CODES, type Problem } from '../errors.ts';
import { VERSION } from './version.ts';

export function toSarif(problems: readonly Problem[]): unknown {
  const codes = [...new Set(problems.map((problem) => problem.code))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'hostdev',
            version: VERSION,
            rules: codes.map((code) => ({ id: code, shortDescription: { text: ERROR_CODES[code][1] } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => ({
          ruleId: problem.code,
          ruleIndex: codes.indexOf(problem.code),
          level: problem.severity,
          message: { text: problem.hint === undefined ? problem.message : `${problem.message}. Hint: ${problem.hint}` },
          ...(problem.location === undefined
            ? {}
            : {
                locations: [
                  {
                    physicalLocation: {
                      artifactLocation: { uri: (problem.location.file ?? 'stdin').split('/').map(encodeURIComponent).join('/') },
                      region: { startLine: problem.location.line, startColumn: problem.location.column },
                    },
                  },
                ],
              }),
        })),
      },
    ],
  };
}
