/** Methods that are the names of what every object has. */
import { expect, test } from 'vitest';
import { createOperateApp } from '../../src/http/operate-app.ts';
import { createEndpoint } from './endpoint.ts';
import { monitored } from './state.ts';

const ODD = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'BREW', 'CONNECT'];

/** As an adapter makes it of an event: a Request of the platform refuses some of these by itself. */
function asked(path: string, method: string): Request {
  return new Proxy(new Request(`http://x${path}`), {
    get: (request, name) => (name === 'method' ? method : Reflect.get(request, name, request)),
  });
}

test.each(ODD)('%s is not allowed anywhere, and spoils no answer after it', async (method) => {
  const { app, store } = createEndpoint();
  await store.createState(monitored('orders'));
  const operate = createOperateApp({ operations: {} as never, telemetry: { log: () => {} } });
  for (const [one, path] of [
    [app, '/masters/orders'],
    [app, '/'],
    [operate, '/masters/orders/failover'],
  ] as const) {
    const response = await one.fetch(asked(path, method));
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toMatch(/GET|POST/);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect((await app.request('/masters/orders')).status).toBe(200);
});
