// What asks mailauth: a line of JSON in, a line of JSON out. The first argument is the folder that has its node_modules.
//
//     {"octets": base64, "now": time, "zone": {name: text}}             -> [result of each signature, as in RFC 8601]
//     {"octets": base64, "now": time, "forms": c=, "signature": {...}}  -> the DKIM-Signature field
"use strict";

const { createRequire } = require("node:module");
const readline = require("node:readline");

const find = createRequire(process.argv[2] + "/");
const { dkimVerify } = find("mailauth/lib/dkim/verify");
const { dkimSign } = find("mailauth/lib/dkim/sign");

async function answer({ octets, zone, now, forms, signature }) {
    const message = Buffer.from(octets, "base64");
    if (zone) {
        const resolver = async (name) => {
            if (name in zone) return [[zone[name]]];
            throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
        };
        const { results } = await dkimVerify(message, { resolver, curTime: new Date(now) });
        return results.map((result) => result.status.result);
    }
    // Without signTime it looks at the clock twice, for what it hashes and for what it writes.
    const made = await dkimSign(message, { canonicalization: forms, signTime: new Date(now), signatureData: [signature] });
    if (made.errors.length) throw made.errors[0];
    return made.signatures;
}

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const made = await answer(JSON.parse(line)).catch((error) => ({ error: String(error) }));
        process.stdout.write(JSON.stringify(made) + "\n");
    }
}

main();
