# What does not hold in gRPC 1.56 and can be hit from outside.
include("${CMAKE_CURRENT_LIST_DIR}/mend.cmake")

# A client whose connection ends in the moment it is made died: told that the
# connection is READY, the watcher of the server's health took it for being
# there still (a null pointer). Another state follows, so READY is passed over,
# as newer releases do (grpc/grpc#37781).
mend(
  "src/core/ext/filters/client_channel/lb_policy/health_check_client.cc"
  [[
  state_ = state;
  status_ = status;
  if (state == GRPC_CHANNEL_READY) {
    connected_subchannel_ = subchannel_->connected_subchannel();
  } else {
    connected_subchannel_.reset();
  }
]]
  [[
  if (state == GRPC_CHANNEL_READY) {
    connected_subchannel_ = subchannel_->connected_subchannel();
    if (connected_subchannel_ == nullptr) return;
  } else {
    connected_subchannel_.reset();
  }
  state_ = state;
  status_ = status;
]]
)

# A client certificate whose IP address has neither 4 nor 16 bytes ended the
# server: the error was found, and then the number of names asserted.
mend(
  "src/core/tsi/ssl_transport_security.cc"
  [[
  if (result != TSI_OK) tsi_peer_destruct(peer);

  GPR_ASSERT((int)peer->property_count == current_insert_index);
]]
  [[
  if (result != TSI_OK) {
    tsi_peer_destruct(peer);
    return result;
  }
  GPR_ASSERT((int)peer->property_count == current_insert_index);
]]
)

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

# There is a limit to the connections, as newer releases have it
# (grpc.max_allowed_incoming_connections): who comes then is hung up on. Another is
# to the handshakes that are begun and not done. Who comes then, or when they take the
# last places of the connections, gets the place of the one that began first: were the
# new one refused, whoever does not go on would keep all others out.
set(server "src/core/ext/transport/chttp2/server/chttp2_server.cc")
mend(
  "${server}"
  [[
#include <algorithm>
#include <initializer_list>
]]
  [[
#include <limits.h>

#include <algorithm>
#include <atomic>
#include <initializer_list>
]]
)
mend(
  "${server}"
  [[
    using InternallyRefCounted<ActiveConnection>::Ref;

   private:
    static void OnClose]]
  [[
    using InternallyRefCounted<ActiveConnection>::Ref;

    uint64_t number = 0;

   private:
    static void OnClose]]
)
mend(
  "${server}"
  [[
      ABSL_GUARDED_BY(mu_);
  grpc_closure tcp_server_shutdown_complete_]]
  [[
      ABSL_GUARDED_BY(mu_);
  // With a config fetcher, which has its own limits, none is kept here.
  std::map<uint64_t, ActiveConnection*> handshakes_ ABSL_GUARDED_BY(mu_);
  uint64_t accepted_ ABSL_GUARDED_BY(mu_) = 0;
  // Those that have had their handshakes; a connection may outlive the listener.
  std::shared_ptr<std::atomic<int>> connected_ =
      std::make_shared<std::atomic<int>>(0);
  grpc_closure tcp_server_shutdown_complete_]]
)
mend(
  "${server}"
  [[
  RefCountedPtr<grpc_server_config_fetcher::ConnectionManager>
      connection_manager;
  {
    MutexLock lock(&self->mu_);
    connection_manager = self->connection_manager_;
  }
]]
  [[
  RefCountedPtr<grpc_server_config_fetcher::ConnectionManager>
      connection_manager;
  const int most_connections =
      args.GetInt("grpc.max_allowed_incoming_connections").value_or(INT_MAX);
  const size_t most_handshakes = std::max(
      1, args.GetInt("grpc.experimental.max_handshakes").value_or(INT_MAX));
  {
    MutexLock lock(&self->mu_);
    connection_manager = self->connection_manager_;
  }
]]
)
mend(
  "${server}"
  [[
    gpr_free(acceptor);
  };
  if (self->server_->config_fetcher() != nullptr) {
]]
  [[
    gpr_free(acceptor);
  };
  if (self->connected_->load() >= most_connections) {
    gpr_log(GPR_ERROR, "There are %d connections; another is hung up on",
            most_connections);
    endpoint_cleanup(absl::OkStatus());
    return;
  }
  if (self->server_->config_fetcher() != nullptr) {
]]
)
mend(
  "${server}"
  [[
  RefCountedPtr<Chttp2ServerListener> listener_ref;
  {
    MutexLock lock(&self->mu_);
    // Shutdown the]]
  [[
  RefCountedPtr<Chttp2ServerListener> listener_ref;
  // One that has been started: a socket's connections are accepted one by one.
  OrphanablePtr<ActiveConnection> given_up;
  size_t handshakes = 0;
  {
    MutexLock lock(&self->mu_);
    // Shutdown the]]
)
mend(
  "${server}"
  [[
      self->connections_.emplace(connection.get(), std::move(connection));
]]
  [[
      if (self->server_->config_fetcher() == nullptr) {
        connection->number = ++self->accepted_;
        self->handshakes_.emplace(connection->number, connection.get());
        handshakes = self->handshakes_.size();
        if (handshakes > most_handshakes ||
            (handshakes > 1 && handshakes + self->connected_->load() >
                                   static_cast<size_t>(most_connections))) {
          auto first = self->handshakes_.begin();
          auto it = self->connections_.find(first->second);
          given_up = std::move(it->second);
          self->connections_.erase(it);
          self->handshakes_.erase(first);
        }
      }
      self->connections_.emplace(connection.get(), std::move(connection));
]]
)
mend(
  "${server}"
  [[
  if (connection != nullptr) {
    endpoint_cleanup(absl::OkStatus());
]]
  [[
  if (given_up != nullptr) {
    gpr_log(GPR_ERROR,
            "There are %zu handshakes; the one that began first is given up",
            handshakes - 1);
    given_up.reset();
  }
  if (connection != nullptr) {
    endpoint_cleanup(absl::OkStatus());
]]
)
mend(
  "${server}"
  [[
            // will not be invoked when a config fetcher is set.
            cleanup_connection = true;
]]
  [[
            // will not be invoked when a config fetcher is set.
            cleanup_connection = true;
            auto connected = self->connection_->listener_->connected_;
            connected->fetch_add(1);
            on_close = NewClosure(
                [connected](grpc_error_handle) { connected->fetch_sub(1); });
]]
)
mend(
  "${server}"
  [[
      self->connection_->listener_->connections_.erase(it);
]]
  [[
      self->connection_->listener_->connections_.erase(it);
      self->connection_->listener_->handshakes_.erase(
          self->connection_->number);
]]
)
