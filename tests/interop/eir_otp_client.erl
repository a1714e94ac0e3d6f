%% SPDX-License-Identifier: GPL-3.0-or-later
%% An MME on the Erlang/OTP application diameter: asks over S13 and prints one line an answer, "IMEI RESULT".
%% eir_otp_client:main(["tcp" | "sctp", Port, OriginHost, Realm, Question...]); a question is "IMEI/SVN/IMSI".
-module(eir_otp_client).

-export([main/1]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3, handle_answer/4,
         handle_error/4, handle_request/3]).

-include_lib("diameter/include/diameter.hrl").

-define(SERVICE, eir_otp_client).
-define(S13, 16777252).
-define(TGPP, 10415).
-define(WAIT_MS, 15000).

main([Transport, Port, Host, Realm | Questions]) ->
    ok = diameter:start(),
    Application = {application, [{alias, s13}, {dictionary, s13}, {module, ?MODULE}, {answer_errors, report}]},
    ok = diameter:start_service(?SERVICE, [{'Origin-Host', Host}, {'Origin-Realm', Realm},
                                           {'Host-IP-Address', [{127, 0, 0, 1}]}, {'Vendor-Id', ?TGPP},
                                           {'Product-Name', "OTP"}, {'Supported-Vendor-Id', [?TGPP]},
                                           {'Vendor-Specific-Application-Id',
                                            [[{'Vendor-Id', ?TGPP}, {'Auth-Application-Id', [?S13]}]]},
                                           {string_decode, true}, Application]),
    true = diameter:subscribe(?SERVICE),
    Module = case Transport of
                 "tcp" -> diameter_tcp;
                 "sctp" -> diameter_sctp
             end,
    {ok, _} = diameter:add_transport(?SERVICE, {connect, [{transport_module, Module},
                                                          {transport_config, [{raddr, {127, 0, 0, 1}},
                                                                              {rport, list_to_integer(Port)},
                                                                              {reuseaddr, true}
                                                                              | local(Transport)]},
                                                          {connect_timer, 1000}]}),
    receive
        #diameter_event{info = Up} when element(1, Up) =:= up -> ok
    after ?WAIT_MS ->
        io:format("the peer did not come up~n"),
        halt(1)
    end,
    lists:foreach(fun(Q) -> ask(Q, Host, Realm) end, Questions),
    ok = diameter:stop_service(?SERVICE),
    halt(0).

local("tcp") -> [{ip, {127, 0, 0, 1}}];
local("sctp") -> [{ip, {127, 0, 0, 1}}].

ask(Question, Host, Realm) ->
    [Imei, Svn, Imsi] = string:split(Question, "/", all),
    Terminal = [{'IMEI', [Imei]}, {'Software-Version', [Svn || Svn =/= ""]}],
    Request = ['ECR', {'Session-Id', diameter:session_id(Host)}, {'Auth-Session-State', 1},
               {'Vendor-Specific-Application-Id', [[{'Vendor-Id', ?TGPP}, {'Auth-Application-Id', [?S13]}]]},
               {'Destination-Realm', Realm}, {'Terminal-Information', Terminal},
               {'User-Name', [Imsi || Imsi =/= ""]}],
    io:format("~s ~s~n", [Imei, result(diameter:call(?SERVICE, s13, Request, [{timeout, ?WAIT_MS}]))]).

result(['ECA' | Avps]) ->
    case {get('Result-Code', Avps), get('Experimental-Result', Avps), get('Equipment-Status', Avps)} of
        {[2001], [], [0]} -> "white";
        {[2001], [], [1]} -> "black";
        {[2001], [], [2]} -> "grey";
        {[], [Experimental], []} -> experimental(Experimental);
        Other -> io_lib:format("odd:~0p", [Other])
    end;
result(Other) -> io_lib:format("failed:~0p", [Other]).

get(Name, Avps) -> proplists:get_value(Name, Avps, []).

experimental({_, ?TGPP, 5422, _}) -> "unknown";
experimental({_, ?TGPP, 5422}) -> "unknown";
experimental(Other) -> io_lib:format("experimental:~0p", [Other]).

peer_up(_, _, State) -> State.
peer_down(_, _, State) -> State.
pick_peer([Peer | _], _, _, _) -> {ok, Peer}.
prepare_request(#diameter_packet{msg = ['ECR' | Avps]}, _, {_, Caps}) ->
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Caps,
    {send, ['ECR', {'Origin-Host', Host}, {'Origin-Realm', Realm} | Avps]}.
prepare_retransmit(Packet, Service, Peer) -> prepare_request(Packet, Service, Peer).
%% What the application found wrong with an answer stands in errors: nothing may.
handle_answer(#diameter_packet{msg = [_ | Avps], errors = []}, _, _, _) -> ['ECA' | Avps];
handle_answer(#diameter_packet{msg = Msg, errors = []}, _, _, _) -> as_list(Msg);
handle_answer(#diameter_packet{errors = Errors}, _, _, _) -> {errors, Errors}.
handle_error(Reason, _, _, _) -> {error, Reason}.
handle_request(_, _, _) -> discard.

as_list(Record) ->
    Fields = s13:'#info-'(element(1, Record), fields),
    ['ECA' | [{F, list(s13:'#get-'(F, Record))} || F <- Fields]].

list(L) when is_list(L) -> L;
list(V) -> [V].
