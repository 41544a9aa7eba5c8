// The reference implementation as the other side: a JSON object a line on stdin, an answer a line on stdout.
//
//   {"do":"verify","headers":{},"body":"<text>","keys":{"<FSP id>":"<PEM>"}}      {"ok":true}
//   {"do":"sign","key":"<PEM>","method":"","uri":"","headers":{},"body":{}}       {"ok":true,"headers":{},"body":"<text>"}
//   {"do":"seal","version":"v1|v4","secret":"","quoteRequest":{},"quoteResponse":{}}
//   {"do":"seal","version":"v1|v4","secret":"","fxQuoteRequest":{},"fxQuoteResponse":{}}
//                                                    {"ok":true,"fulfilment":"","condition":"","ilpPacket":""}
//
// What the library throws is {"ok":false,"error":"<message>"}.

import { createInterface } from 'node:readline';

// Only these two parts: the whole library takes seconds to load.
import Ilp from '@mojaloop/sdk-standard-components/src/lib/ilp/index.js';
import Jws from '@mojaloop/sdk-standard-components/src/lib/jws/index.js';

const silent = { isDebugEnabled: false, child: () => silent };
for (const level of ['debug', 'verbose', 'info', 'warn', 'error', 'log', 'push']) {
  silent[level] = () => silent;
}

const verbs = {
  verify({ headers, body, keys }) {
    const validator = new Jws.validator({ logger: silent, validationKeys: keys });
    validator.validate({ headers, body: JSON.parse(body) });
    return {};
  },
  sign({ key, method, uri, headers, body }) {
    const request = { method, uri, headers, body };
    new Jws.signer({ logger: silent, signingKey: key }).sign(request);
    return { headers: request.headers, body: request.body };
  },
  seal({ version, secret, quoteRequest, quoteResponse, fxQuoteRequest, fxQuoteResponse }) {
    const ilp = Ilp.ilpFactory(version, { secret, logger: silent });
    return fxQuoteRequest
      ? ilp.getFxQuoteResponseIlp(fxQuoteRequest, fxQuoteResponse)
      : ilp.getQuoteResponseIlp(quoteRequest, quoteResponse);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const request = JSON.parse(line);
    answer = { ok: true, ...verbs[request.do](request) };
  } catch (error) {
    answer = { ok: false, error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
