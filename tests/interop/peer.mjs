// A DFSP made of the reference implementation: its request classes send and sign, its validator verifies, its Ilp seals
// and opens. It is served by plain node:http, for the library has no server. It never looks at a timeout header, nor
// sends one; what came in them is only reported. It ends with its stdin.
//
// stdin, a JSON object a line; the first sets it up:
//   {"name":"","hub":"<host:port>","keys":{"<FSP id>":"<PEM>"}}
//   {"payeeNumber":"","amount":{"currency":"","amount":""},"transferId":"","expiration":"<date-time>"}      pays
//
// stdout, the same:
//   {"listening":{"port":1,"publicKey":"<PEM>"}}
//   {"received":{"method":"","target":"","timeout":"<FSPIOP-Timeout>","refused":"<why>"}}
//   {"acknowledged":{"method":"","target":"","status":202,"effective":"<FSPIOP-Timeout-Effective>"}}
//   {"paid":{"answer":{},"fulfilmentFits":true}}
//   {"failed":"<what was thrown>"}

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Ilp from '@mojaloop/sdk-standard-components/src/lib/ilp/index.js';
import Jws from '@mojaloop/sdk-standard-components/src/lib/jws/index.js';
import MojaloopRequests from '@mojaloop/sdk-standard-components/src/lib/requests/mojaloopRequests.js';

const QUOTE_VALIDITY_MS = 60_000;

const silent = { isDebugEnabled: false, child: () => silent };
for (const level of ['debug', 'verbose', 'info', 'warn', 'error', 'log', 'push']) {
  silent[level] = () => silent;
}
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { name, hub, keys } = JSON.parse((await lines.next()).value);

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const versions = { contentVersion: '1.1', acceptVersion: '1' };
const requests = new MojaloopRequests({
  logger: silent,
  tls: { enabled: false },
  dfspId: name,
  peerEndpoint: hub,
  jwsSign: true,
  jwsSigningKey: privateKey,
  resourceVersions: { parties: versions, quotes: versions, transfers: versions },
  // The library drops the headers of an answer; here they can be seen before it does.
  httpConfig: {
    transformResponse(body, headers, status) {
      const effective = headers.get('fspiop-timeout-effective');
      const method = this.method.toUpperCase();
      say({ acknowledged: { method, target: this.url, status, effective } });
      return body;
    },
  },
});
const validator = new Jws.validator({ logger: silent, validationKeys: keys });
const ilp = Ilp.ilpFactory('v1', { secret: randomUUID(), logger: silent });

// As payee: the answer to each request, by method and resource.
const answers = {
  async 'GET parties'(payer, [, type, id]) {
    const partyIdInfo = { partyIdType: type, partyIdentifier: id, fspId: name };
    await requests.putParties(type, id, undefined, { party: { partyIdInfo } }, payer);
  },
  async 'POST quotes'(payer, _, quote) {
    const expiration = new Date(Date.now() + QUOTE_VALIDITY_MS).toISOString();
    const terms = { transferAmount: quote.amount, expiration };
    const { ilpPacket, condition } = ilp.getQuoteResponseIlp(quote, terms);
    await requests.putQuotes(quote.quoteId, { ...terms, ilpPacket, condition }, payer);
  },
  async 'POST transfers'(payer, _, transfer) {
    const fulfilment = ilp.calculateFulfil(transfer.ilpPacket);
    if (!ilp.validateIlpAgainstTransferRequest(transfer)
        || !ilp.validateFulfil(fulfilment, transfer.condition)) {
      throw new Error('the transfer is not what was quoted');
    }
    const completedTimestamp = new Date().toISOString();
    const fulfil = { transferState: 'COMMITTED', fulfilment, completedTimestamp };
    await requests.putTransfers(transfer.transferId, fulfil, payer);
  },
};

// As payer: who waits for the callback about an object.
const waiting = new Map();

/** Sends a request and waits for the callback about `target`. */
async function ask(target, send) {
  const callback = new Promise((resolve, reject) => waiting.set(target, { resolve, reject }));
  await Promise.all([send(), callback]);
  return callback;
}

async function pay({ payeeNumber, amount, transferId, expiration }) {
  const object = `/parties/MSISDN/${payeeNumber}`;
  const { party } = await ask(object, () => requests.getParties('MSISDN', payeeNumber));
  const payeeFsp = party.partyIdInfo.fspId;
  const quoteId = randomUUID();
  const quote = {
    quoteId,
    transactionId: randomUUID(),
    payee: { partyIdInfo: party.partyIdInfo },
    payer: { partyIdInfo: { partyIdType: 'MSISDN', partyIdentifier: '27700000000', fspId: name } },
    amountType: 'SEND',
    amount,
    transactionType: { scenario: 'TRANSFER', initiator: 'PAYER', initiatorType: 'CONSUMER' },
  };
  const terms = await ask(`/quotes/${quoteId}`, () => requests.postQuotes(quote, payeeFsp));
  const { transferAmount, ilpPacket, condition } = terms;
  const prepare = {
    transferId, payerFsp: name, payeeFsp, amount: transferAmount, ilpPacket, condition, expiration,
  };
  const sent = () => requests.postTransfers(prepare, payeeFsp);
  const answer = await ask(`/transfers/${transferId}`, sent);
  return { answer, fulfilmentFits: ilp.validateFulfil(answer.fulfilment ?? '', condition) };
}

async function receive({ method, url, headers }, text) {
  const body = text && JSON.parse(text);
  if (text) validator.validate({ headers, body });
  // Acknowledged first, answered then: as the interface is.
  return () => {
    const parts = url.slice(1).split('/');
    const answer = answers[`${method} ${parts[0]}`];
    if (answer) return answer(headers['fspiop-source'], parts, body);
    const object = url.replace(/\/error$/, '');
    const waiter = waiting.get(object);
    waiting.delete(object);
    // An error callback ends a transfer as any answer does; before, there is nothing to go on with.
    const isEnd = object === url || parts[0] === 'transfers';
    return isEnd ? waiter?.resolve(body) : waiter?.reject(new Error(text));
  };
}

const failed = (error) => say({ failed: error.message });
const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const { method, url: target, headers } = request;
  const seen = { method, target, timeout: headers['fspiop-timeout'] };
  try {
    const goOn = await receive(request, text);
    say({ received: seen });
    response.writeHead(method === 'PUT' || method === 'PATCH' ? 200 : 202).end();
    await goOn();
  } catch (error) {
    if (response.headersSent) return failed(error);
    say({ received: { ...seen, refused: error.message } });
    response.writeHead(400).end();
  }
});
await once(server.listen(0, '127.0.0.1'), 'listening');
say({ listening: { port: server.address().port, publicKey } });

for await (const line of lines) {
  pay(JSON.parse(line)).then((paid) => say({ paid }), failed);
}
process.exit();
