// A receiver of webhooks that verifies each request with the package standardwebhooks, and with the lines of docs/guide/webhooks.md.
// usage: node webhook-receiver.mjs <the guide>   Its first line has the URL. Result of the command `next`: the next request and who accepted it.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { take, tell } from './steps.mjs';

const guide = await readFile(process.argv[2], 'utf8');
const { verify } = await import(`data:text/javascript,${encodeURIComponent(guide.match(/```js\n(.*?)```/s)[1])}`);

const received = [];
const waiting = [];

const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  response.writeHead(204).end();
  const one = { headers: request.headers, body };
  waiting.length > 0 ? waiting.shift()(one) : received.push(one);
});
server.listen(0, '127.0.0.1', () => tell({ step: 'listening', url: `http://127.0.0.1:${server.address().port}/` }));

const accepted = (check) => {
  try {
    return check().type;
  } catch (error) {
    return error.message;
  }
};

await take({
  next: async ({ secret }) => {
    const { headers, body } = received.shift() ?? (await new Promise((resolve) => waiting.push(resolve)));
    return {
      byPackage: accepted(() => new Webhook(secret).verify(body, headers)),
      byGuide: accepted(() => verify(secret, headers, body)),
      changedByPackage: accepted(() => new Webhook(secret).verify(body + ' ', headers)),
      changedByGuide: accepted(() => verify(secret, headers, body + ' ')),
    };
  },
});
