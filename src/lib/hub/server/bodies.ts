import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { checkJsonBounds } from './json-bounds.ts';

/** Reads JSON where a route takes a body; where none is taken, whatever comes is passed over, as long as it is not too much. */
export function addBodyParsers(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (!takesBody(request)) {
      done(null);
      return;
    }
    try {
      checkJsonBounds(body as Buffer);
    } catch (error) {
      done(error as TickpipeError);
      return;
    }
    parseJson(request, String(body), done);
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, _, done) => {
    if (!takesBody(request)) done(null);
    else done(new TickpipeError('BAD_REQUEST', 'the body must be JSON, and its content-type application/json'));
  });
}

function takesBody({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.schema?.body !== undefined;
}
