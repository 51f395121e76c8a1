# Who sends without end keeps nobody waiting: reads, calls, connections and handshakes
# take turns.

# A polling thread does not leave a connection that has more to read, so that a
# handful of them keep everybody else waiting. After some reads in a row, the
# next ones are left to gRPC's executor: its threads take turns among all such
# connections, and the system divides the cores among all threads.
set(tcp "src/core/lib/iomgr/tcp_posix.cc")
mend(
  "${tcp}"
  [[
#include "src/core/lib/iomgr/executor.h"
]]
  [[
#include "src/core/lib/iomgr/executor.h"

#include <atomic>

static constexpr int kReadsBeforeOthers = 4;
]]
)
mend(
  "${tcp}"
  [[
  int inq;           // bytes pending on the socket from the last read.
]]
  [[
  int inq;           // bytes pending on the socket from the last read.
  int reads_in_a_row = 0;  // that left something to read.
  bool is_for_executor = false;
]]
)
mend(
  "${tcp}"
  [[
  } else if (!urgent && tcp->inq == 0) {
    tcp->read_mu.Unlock();
]]
  [[
  } else if (!urgent && tcp->inq == 0) {
    tcp->reads_in_a_row = 0;
    tcp->read_mu.Unlock();
]]
)
mend(
  "${tcp}"
  [[
      update_rcvlowat(tcp);
      tcp->read_mu.Unlock();
      // We've consumed]]
  [[
      update_rcvlowat(tcp);
      tcp->reads_in_a_row = 0;
      tcp->read_mu.Unlock();
      // We've consumed]]
)
mend(
  "${tcp}"
  [[
  } else {
    tcp->read_mu.Unlock();
    // Not the first time.]]
  [[
  } else if (++tcp->reads_in_a_row > kReadsBeforeOthers) {
    tcp->reads_in_a_row = kReadsBeforeOthers;
    tcp->is_for_executor = true;
    tcp->read_mu.Unlock();
    grpc_core::Executor::Run(&tcp->read_done_closure, absl::OkStatus());
  } else {
    tcp->read_mu.Unlock();
    // Not the first time.]]
)

# Those threads read no faster than calls are taken. A polling thread handles what has
# come before it reads more; without this, they would read calls that are reset at once
# by the hundred thousand, and those of others would have to wait behind these.
mend(
  "${tcp}"
  [[
static void tcp_handle_read(void* arg /* grpc_tcp */, grpc_error_handle error) {
  grpc_tcp* tcp = static_cast<grpc_tcp*>(arg);
]]
  [[
namespace grpc_core {
extern std::atomic<int> calls_to_take;
}  // namespace grpc_core

static void wait_until_calls_are_taken() {
  static constexpr int kMostToTake = 256;
  static constexpr int kMostMilliseconds = 100;
  for (int waited = 0; waited < kMostMilliseconds; ++waited) {
    if (grpc_core::calls_to_take.load() <= kMostToTake) return;
    gpr_sleep_until(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                 gpr_time_from_millis(1, GPR_TIMESPAN)));
  }
}

static void tcp_handle_read(void* arg /* grpc_tcp */, grpc_error_handle error) {
  grpc_tcp* tcp = static_cast<grpc_tcp*>(arg);
  if (tcp->is_for_executor) {
    tcp->is_for_executor = false;
    wait_until_calls_are_taken();
  }
]]
)
set(matcher "src/core/lib/surface/server.cc")
mend(
  "${matcher}"
  [[
class Server::RealRequestMatcher : public RequestMatcherInterface {
]]
  [[
extern std::atomic<int> calls_to_take;
std::atomic<int> calls_to_take{0};

class Server::RealRequestMatcher : public RequestMatcherInterface {
]]
)
mend(
  "${matcher}"
  [[
            w->Finish(absl::InternalError("Server closed"));
          });
      pending_.pop();
]]
  [[
            w->Finish(absl::InternalError("Server closed"));
          });
      pending_.pop();
      calls_to_take.fetch_sub(1);
]]
)
mend(
  "${matcher}"
  [[
              pending_call.pending = std::move(pending_.front());
              pending_.pop();
]]
  [[
              pending_call.pending = std::move(pending_.front());
              pending_.pop();
              calls_to_take.fetch_sub(1);
]]
)
mend(
  "${matcher}"
  [[
        pending_.push(calld);
]]
  [[
        pending_.push(calld);
        calls_to_take.fetch_add(1);
]]
)
mend(
  "${matcher}"
  [[
        pending_.push(w);
]]
  [[
        pending_.push(w);
        calls_to_take.fetch_add(1);
]]
)
mend(
  "${matcher}"
  [[
      GPR_UNREACHABLE_CODE(return);
  }
  grpc_cq_end_op(cq_new_, rc->tag, absl::OkStatus(), Server::DoneRequestEvent,
                 rc, &rc->completion, true);
]]
  [[
      GPR_UNREACHABLE_CODE(return);
  }
  calls_to_take.fetch_add(1);
  auto done = [](void* req, grpc_cq_completion* completion) {
    calls_to_take.fetch_sub(1);
    Server::DoneRequestEvent(req, completion);
  };
  grpc_cq_end_op(cq_new_, rc->tag, absl::OkStatus(), done, rc, &rc->completion,
                 true);
]]
)

# And however much there is to handle, what others have sent is read from time to time.
mend(
  "src/core/lib/surface/completion_queue.cc"
  [[
  ExecCtxNext exec_ctx(&is_finished_arg);
  for (;;) {
]]
  [[
  ExecCtxNext exec_ctx(&is_finished_arg);
  static constexpr int kEventsBeforeOthers = 32;
  static thread_local int handled = 0;
  if (++handled >= kEventsBeforeOthers) {
    handled = 0;
    if (cqd->queue.num_items() > 0 && cqd->pending_events.load() > 0) {
      gpr_mu_lock(cq->mu);
      cq->num_polls++;
      cq->poller_vtable
          ->work(POLLSET_FROM_CQ(cq), nullptr,
                 grpc_core::Timestamp::ProcessEpoch())
          .IgnoreError();
      gpr_mu_unlock(cq->mu);
    }
  }
  for (;;) {
]]
)

# Four of these threads: with the usual two a core of the machine, those of a
# process that may use few cores would take most of them. What is to be done goes to
# one after the other: by where a thread's stack happens to be, one of them may get all.
mend(
  "src/core/lib/iomgr/executor.cc"
  [[
  max_threads_ = std::max(1u, 2 * gpr_cpu_num_cores());
]]
  [[
  max_threads_ = std::min(4u, std::max(1u, 2 * gpr_cpu_num_cores()));
]]
)
mend(
  "src/core/lib/iomgr/executor.cc"
  [[
    ThreadState* ts = g_this_thread_state;
    if (ts == nullptr) {
      ts = &thd_state_[HashPointer(ExecCtx::Get(), cur_thread_count)];
    }
]]
  [[
    static std::atomic<size_t> turn{0};
    ThreadState* ts = &thd_state_[turn.fetch_add(1) % cur_thread_count];
]]
)
mend(
  "src/core/lib/iomgr/executor.cc"
  [[
#include <string.h>
]]
  [[
#include <string.h>

#include <algorithm>
#include <atomic>
]]
)

# A read takes at most what the channel allows. Without this, one makes room for as
# much as came since the connection last had nothing to read, however much it was.
mend(
  "${tcp}"
  [[
    tcp->target_length =
        std::max(2 * tcp->target_length, tcp->bytes_read_this_round);
]]
  [[
    tcp->target_length =
        std::min(std::max(2 * tcp->target_length, tcp->bytes_read_this_round),
                 static_cast<double>(tcp->max_read_chunk_size));
]]
)

# Nor does it leave a port on which others connect.
set(listener "src/core/lib/iomgr/tcp_server_posix.cc")
mend(
  "${listener}"
  [[
  // loop until accept4 returns EAGAIN, and then re-arm notification
  for (;;) {
]]
  [[
  static constexpr int kAcceptsBeforeOthers = 16;
  // loop until accept4 returns EAGAIN, and then re-arm notification
  for (int accepted = 0; accepted < kAcceptsBeforeOthers; ++accepted) {
]]
)
mend(
  "${listener}"
  [[
        read_notifier_pollset, acceptor);
  }

  GPR_UNREACHABLE_CODE(return);
]]
  [[
        read_notifier_pollset, acceptor);
  }

  grpc_core::Executor::Run(&sp->read_closure, absl::OkStatus());
  return;
]]
)
mend(
  "${listener}"
  [[
#include "src/core/lib/iomgr/exec_ctx.h"
]]
  [[
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/iomgr/executor.h"
]]
)

# Handshakes of TLS are made by those threads too, so that the polling threads are
# there for the calls however many come.
set(handshaker "src/core/lib/security/transport/security_handshaker.cc")
mend(
  "${handshaker}"
  [[
  ExecCtx::Run(
      DEBUG_LOCATION,
      GRPC_CLOSURE_INIT(&h->on_handshake_data_received_from_peer_,
                        &SecurityHandshaker::OnHandshakeDataReceivedFromPeerFn,
                        h, grpc_schedule_on_exec_ctx),
]]
  [[
  Executor::Run(
      GRPC_CLOSURE_INIT(&h->on_handshake_data_received_from_peer_,
                        &SecurityHandshaker::OnHandshakeDataReceivedFromPeerFn,
                        h, nullptr),
]]
)
mend(
  "${handshaker}"
  [[
#include "src/core/lib/iomgr/exec_ctx.h"
]]
  [[
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/iomgr/executor.h"
]]
)
