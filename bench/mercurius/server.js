// Mercurius with its JIT, as two processes that share a port: a peer for Skill Atlas in the benchmark. It gives the
// answers of Skill Atlas, decoded once, and so has to find no skills and follow no relations.
//
// It prints its URL when it is ready, and ends with its standard input.
import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import mercurius from 'mercurius'

const processes = 2

if (cluster.isPrimary) {
  let ready = 0
  cluster.on('listening', (_, address) => {
    if (++ready === processes) console.log(`API http://127.0.0.1:${address.port}/graphql`)
  })
  cluster.on('exit', () => process.exit(1)) // the others end with the channel to this one
  process.stdin.on('end', () => process.exit(0)).resume()
  for (let i = 0; i < processes; i++) cluster.fork()
} else {
  const found = { skill: new Map(), graph: new Map(), skills: new Map() }
  for (const { answers } of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
    for (const { key, reply } of answers) {
      const [[field, value]] = Object.entries(JSON.parse(reply).data.framework)
      found[field].set(key, value)
    }
  }
  const app = Fastify()
  app.register(mercurius, {
    schema: readFileSync(new URL('../plain/schema.graphqls', import.meta.url), 'utf8'),
    resolvers: {
      Query: { framework: () => ({}) },
      Framework: {
        skill: (_, { code }) => found.skill.get(code),
        graph: (_, { roots }) => found.graph.get(roots[0]),
        skills: (_, { after }) => found.skills.get(after),
      },
    },
    jit: 1,
  })
  await app.listen({ host: '127.0.0.1', port: 0 }) // the same for both
}
