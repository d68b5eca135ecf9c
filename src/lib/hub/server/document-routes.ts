import type { FastifyInstance } from 'fastify';
import { routeOf } from '../protocol/requests.ts';

/** The API as OpenAPI and as AsyncAPI. A hub makes and loads the documents when a client asks for one. */
export function addDocumentRoutes(app: FastifyInstance, version: string): void {
  const makers = {
    getOpenApi: async () => (await import('../documents/openapi.ts')).createOpenApi(version),
    getAsyncApi: async () => (await import('../documents/asyncapi.ts')).createAsyncApi(version),
  } as const;
  for (const [id, make] of Object.entries(makers) as [keyof typeof makers, () => Promise<object>][]) {
    let text: Promise<string> | undefined;
    app.route({
      ...routeOf(id),
      handler: async (_, reply) => {
        text ??= make().then((document) => JSON.stringify(document));
        return reply.header('content-type', 'application/json; charset=utf-8').send(await text);
      },
    });
  }
}
