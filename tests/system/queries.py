"""What the UI's pages ask the web server, in GraphQL: the fields that tests look at."""

STARTED = """{
  assetNodes { id }
  instance { daemonHealth { allDaemonStatuses { required healthy } } }
}"""

ASSET = """query Asset($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode { FIELDS } }
}"""

LAUNCH_RUN = """mutation Launch($asked: ExecutionParams!) {
  launchPipelineExecution(executionParams: $asked) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on Error { message }
  }
}"""

LAUNCH_BACKFILL = """mutation Launch($asked: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $asked) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on Error { message }
  }
}"""

RUN = """query Run($id: ID!) {
  runOrError(runId: $id) {
    ... on Run { runId status tags { key value } assetSelection { path } }
  }
}"""

BACKFILL = """query Backfill($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill {
      status runs { runId status tags { key value } assetSelection { path } }
    }
  }
}"""

LOG = """query Log($id: ID!) {
  logsForRun(runId: $id, limit: 1000) {
    ... on EventConnection { events {
      __typename
      ... on MessageEvent { message }
      ... on ExecutionStepFailureEvent {
        error { message } failureMetadata { description }
      }
    } }
  }
}"""
