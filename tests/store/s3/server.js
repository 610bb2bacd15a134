// An S3-compatible server for tests: s3rver, which does not check signatures of version 4, behind a
// front that does, by the independent implementation aws4, and that fails on request.
//
//   node server.js FOLDER BUCKET ACCESS_KEY SECRET_KEY REGION
//
// prints the port on which it listens on loopback. POST /-/fail?how=503|cut|reset&count=N makes the
// next N requests fail: answered with 503, cut off in the middle of the answer's body, or reset
// before an answer; POST /-/pages?keys=N makes lists come in pages of N; POST /-/reset empties the
// bucket and ends both; GET /-/seen says how many requests there were.
'use strict';
const aws4 = require('aws4');
const crypto = require('crypto');
const http = require('http');
const S3rver = require('s3rver');

const [directory, bucket, accessKeyId, secretAccessKey, region] = process.argv.slice(2);
let failing = { how: '', count: 0 };
let pageKeys = 0;
let seen = 0;

function problem(response, status, code, message) {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

// Why the request is not signed as it should be; nothing where it is.
function wrongSignature(request, body) {
  const given = request.headers.authorization || '';
  const names = (/SignedHeaders=([^,]*)/.exec(given) || ['', ''])[1].split(';');
  const headers = Object.fromEntries(names.map((name) => [name, request.headers[name]]));
  if (!names.includes('host') || headers['x-amz-content-sha256'] === undefined) {
    return 'host and x-amz-content-sha256 must be signed';
  }
  if (crypto.createHash('sha256').update(body).digest('hex') !== headers['x-amz-content-sha256']) {
    return 'the body is another than the one that was signed';
  }
  const signer = new aws4.RequestSigner(
    {
      method: request.method,
      path: request.url,
      service: 's3',
      region,
      headers,
      extraHeadersToInclude: Object.fromEntries(names.map((name) => [name, true])),
    },
    { accessKeyId, secretAccessKey },
  );
  signer.prepareRequest();
  const expected = signer.authHeader().replace(/ /g, '');
  return expected === given.replace(/ /g, '') ? '' : `expected ${signer.canonicalString()}`;
}

function forward(request, body, port, response, cut) {
  const pages = pageKeys && request.url.includes('list-type=2') ? `&max-keys=${pageKeys}` : '';
  const inner = http.request(
    {
      port,
      host: '127.0.0.1',
      method: request.method,
      path: request.url + pages,
      headers: request.headers,
    },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      if (!cut) {
        answer.pipe(response);
        return;
      }
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => {
        const whole = Buffer.concat(pieces);
        response.write(whole.subarray(0, whole.length / 2), () => response.destroy());
      });
    },
  );
  inner.on('error', () => problem(response, 500, 'InternalError', 's3rver did not answer'));
  inner.end(body);
}

async function main() {
  const store = new S3rver({
    address: '127.0.0.1', port: 0, silent: true, directory, vhostBuckets: false,
    configureBuckets: [{ name: bucket }],
  });
  const { port } = await store.run();
  // s3rver knows one account, by its own keys.
  const account = require('s3rver/lib/models/account').DUMMY_ACCOUNT;
  account.createKeyPair(accessKeyId, secretAccessKey);

  const front = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const pieces = [];
    for await (const piece of request) {
      pieces.push(piece);
    }
    const body = Buffer.concat(pieces);
    if (url.pathname === '/-/fail') {
      failing = { how: url.searchParams.get('how'), count: Number(url.searchParams.get('count')) };
      response.end();
      return;
    }
    if (url.pathname === '/-/pages') {
      pageKeys = Number(url.searchParams.get('keys'));
      response.end();
      return;
    }
    if (url.pathname === '/-/reset') {
      failing = { how: '', count: 0 };
      pageKeys = 0;
      store.reset();
      await store.configureBuckets();
      response.end();
      return;
    }
    if (url.pathname === '/-/seen') {
      response.end(String(seen));
      return;
    }
    ++seen;
    const how = failing.count > 0 && (failing.how !== 'cut' || request.method === 'GET') ? failing.how : '';
    failing.count -= how ? 1 : 0;
    if (how === '503') {
      problem(response, 503, 'SlowDown', 'Please reduce your request rate.');
    } else if (how === 'reset') {
      request.socket.destroy();
    } else {
      const why = wrongSignature(request, body);
      if (why) {
        problem(response, 403, 'SignatureDoesNotMatch', why);
      } else {
        forward(request, body, port, response, how === 'cut');
      }
    }
  });
  front.listen(0, '127.0.0.1', () => console.log(front.address().port));
}

main();
