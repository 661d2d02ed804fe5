/** OpenAPI 3.1, made from the table of routes: what checks requests is what is told of them. */
import type { JsonSchema, Shape } from '../../json/contract/shape.ts';
import { PROBLEM_DETAILS, PROBLEM_TYPE } from './problem-details.ts';
import { API, type Route, ROUTES } from './routes.ts';
import { TAB_HEADER } from './session.ts';

const documents = new Map<string, JsonSchema>();

/** The document that the server gives as `openapi.json`. Made once: it takes long, and whoever asks for it need not have signed in. */
export function openApi(version: string): JsonSchema {
  const document = documents.get(version) ?? documentOf(version);
  documents.set(version, document);
  return document;
}

function documentOf(version: string): JsonSchema {
  const routes: readonly (readonly [string, Route])[] = Object.entries(ROUTES);
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas: Record<string, JsonSchema> = { problem: PROBLEM_DETAILS.schema };
  for (const [name, route] of routes) {
    for (const [each, { schema }] of Object.entries(route.definitions ?? {})) schemas[each] = reference(schema);
    paths[API + route.path] = { ...paths[API + route.path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'hostdev', version, description: 'What the page of hostdev asks its server. Shapes are those of --json (docs/json.md).' },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'hostdev-PORT', description: 'named after the port; none on a unix socket' },
        tab: { type: 'apiKey', in: 'header', name: TAB_HEADER },
      },
    },
  };
}

function operation(name: string, { method, path, summary, body, status, answer, type = 'application/json', parameters = [], open }: Route): JsonSchema {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, each]) => ({ in: 'path', name: each, required: true, schema: { type: 'string' } }));
  const others = parameters.map(({ what, ...each }) => ({ ...each, description: what, schema: { type: 'string' } }));
  const content = (mediaType: string, shape: Shape<unknown>): JsonSchema => ({ [mediaType]: { schema: reference(shape.schema) } });
  return {
    operationId: name.replaceAll(' ', '-'),
    summary,
    parameters: [...names, ...others],
    ...(body === undefined ? {} : { requestBody: { required: true, content: content('application/json', body) } }),
    responses: {
      [status]: { description: summary, ...(answer === undefined ? {} : { content: content(type, answer) }) },
      default: { description: 'Refused, or failed', content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/problem' } } } },
    },
    security: open === true ? [] : [method === 'GET' ? { session: [] } : { session: [], tab: [] }],
  };
}

/** Definitions of a document by itself are components here. */
function reference(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
